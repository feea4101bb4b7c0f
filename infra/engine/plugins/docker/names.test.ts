import { expect, test } from "@jest/globals";
import { Struct, providerMessages as pb } from "../wire.ts";
import type { Message } from "../wire.ts";
import { CONTAINER, PROVIDER_TYPE, refuseUnavailable, renameMessage, renamePath, renameType, renameUrn, typeOfUrn } from "./names.ts";

const urn = (type: string): string => `urn:pulumi:dev::freehold::${type}::name`;
const asMessage = (message: object): Message => message as unknown as Message;
const struct = (values: Record<string, unknown>) => Struct.fromJavaScript(values as Parameters<typeof Struct.fromJavaScript>[0]);

test.each([
  ["docker:index/remoteImage:RemoteImage", "docker:index/image:Image"],
  ["docker:index/serviceConfig:ServiceConfig", "docker:index/config:Config"],
  ["docker:index/volume:Volume", "docker:index/volume:Volume"],
])("%s is known to the bridge as %s, and back", (engine, bridge) => {
  expect(renameType(engine, "toBridge")).toBe(bridge);
  expect(renameType(bridge, "toEngine")).toBe(engine);
});

test("a type is renamed in a URN also where a parent qualifies it", () => {
  const qualified = urn("freehold:Image$docker:index/remoteImage:RemoteImage");
  expect(renameUrn(qualified, "toBridge")).toBe(urn("freehold:Image$docker:index/image:Image"));
  expect(typeOfUrn(qualified)).toBe("docker:index/remoteImage:RemoteImage");
});

test.each([
  ["command", "commands"],
  ["command[0]", "commands[0]"],
  ["networksAdvanced[0].aliases[1]", "networksAdvanceds[0].aliases[1]"],
  ["name", "name"],
  ["labels", "labels"],
])("a container's %s is the bridge's %s, and back", (engine, bridge) => {
  expect(renamePath(engine, CONTAINER, "toBridge")).toBe(bridge);
  expect(renamePath(bridge, CONTAINER, "toEngine")).toBe(engine);
});

test("the same property names of other types stay", () => {
  expect(renamePath("command", "docker:index/service:Service", "toBridge")).toBe("command");
});

test("a request to update a container is renamed in all its parts", () => {
  const request = new pb.UpdateRequest();
  request.setUrn(urn(CONTAINER));
  request.setType(CONTAINER);
  request.setOlds(struct({ command: ["a"], name: "n" }));
  request.setNews(struct({ command: ["b"], networksAdvanced: [{ name: "net" }] }));
  request.setOldInputs(struct({ command: ["a"] }));
  request.setIgnorechangesList(["command", "name"]);
  renameMessage(asMessage(request), CONTAINER, "toBridge");
  expect(request.getOlds()?.toJavaScript()).toEqual({ commands: ["a"], name: "n" });
  expect(request.getNews()?.toJavaScript()).toEqual({ commands: ["b"], networksAdvanceds: [{ name: "net" }] });
  expect(request.getOldInputs()?.toJavaScript()).toEqual({ commands: ["a"] });
  expect(request.getIgnorechangesList()).toEqual(["commands", "name"]);
});

test("an answer with differences comes back in the engine's names", () => {
  const response = new pb.DiffResponse();
  response.setReplacesList(["commands", "image"]);
  response.setDiffsList(["commands[0]"]);
  response.setStablesList(["networksAdvanceds"]);
  response.getDetaileddiffMap().set("commands[0]", new pb.PropertyDiff());
  renameMessage(asMessage(response), CONTAINER, "toEngine");
  expect(response.getReplacesList()).toEqual(["command", "image"]);
  expect(response.getDiffsList()).toEqual(["command[0]"]);
  expect(response.getStablesList()).toEqual(["networksAdvanced"]);
  expect(response.getDetaileddiffMap().get("command[0]")).toBeInstanceOf(pb.PropertyDiff);
  expect(response.getDetaileddiffMap().getLength()).toBe(1);
});

test("an answer with inputs and failures comes back in the engine's names", () => {
  const response = new pb.CheckResponse();
  response.setInputs(struct({ commands: ["a"] }));
  const failure = new pb.CheckFailure();
  failure.setProperty("networksAdvanceds[0].name");
  response.addFailures(failure);
  renameMessage(asMessage(response), CONTAINER, "toEngine");
  expect(response.getInputs()?.toJavaScript()).toEqual({ command: ["a"] });
  expect(response.getFailuresList()[0]?.getProperty()).toBe("networksAdvanced[0].name");
});

test("the provider's own settings are renamed as arguments and as variables", () => {
  const request = new pb.ConfigureRequest();
  request.setArgs(struct({ host: "h", registryAuth: "[]" }));
  request.getVariablesMap().set("docker:config:registryAuth", "[]");
  renameMessage(asMessage(request), PROVIDER_TYPE, "toBridge");
  expect(request.getArgs()?.toJavaScript()).toEqual({ host: "h", registryAuths: "[]" });
  expect(request.getVariablesMap().toArray()).toEqual([["docker:config:registryAuths", "[]"]]);
});

test("Pulumi's own Image type is refused with what to use instead", () => {
  expect(() => refuseUnavailable("docker:index/image:Image")).toThrow("docker.RemoteImage");
  expect(() => refuseUnavailable("docker:index/remoteImage:RemoteImage")).not.toThrow();
});
