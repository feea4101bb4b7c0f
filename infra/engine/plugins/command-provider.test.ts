import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Server } from "@grpc/grpc-js";
import type { CheckResponse, CreateResponse, DiffResponse, InvokeResponse, UpdateResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import { until } from "../../../tests/support/until.ts";
import { LOCAL_COMMAND } from "./command/inputs.ts";
import { UNKNOWN, secret } from "./command/values.ts";
import type { Properties } from "./command/values.ts";
import { Empty, EngineClient, ResourceProviderClient, Struct, connect, grpc, providerMessages as pb } from "./wire.ts";

const URN = `urn:pulumi:dev::test::${LOCAL_COMMAND}::hello`;
const logged: string[] = [];
let engine: Server;
let provider: ChildProcess;
let folder: string;
type Client = Record<string, (request: unknown, callback: (error: Error | null, response: never) => void) => void> & { close(): void };
let client: Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "freehold-command-"));
  engine = new grpc.Server();
  engine.addService(EngineClient.service, { log: logLine });
  const port = await new Promise<number>((bound, failed) =>
    engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, number) => (error ? failed(error) : bound(number))),
  );
  provider = spawn(process.execPath, [join(import.meta.dirname, "command-provider.ts"), `127.0.0.1:${port}`], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: provider.stdout ?? process.stdin })) {
    client = connect(ResourceProviderClient, `127.0.0.1:${line}`) as Client;
    break;
  }
});

afterAll(() => {
  client.close();
  provider.kill();
  engine.forceShutdown();
  rmSync(folder, { recursive: true, force: true });
});

function logLine(call: { request: { getMessage(): string; getUrn(): string } }, callback: (error: null, response: unknown) => void): void {
  logged.push(`${call.request.getUrn().split("::").at(-1)}: ${call.request.getMessage()}`);
  callback(null, new Empty());
}

const struct = (values: Properties) => Struct.fromJavaScript(values);
const call = <T>(method: string, request: unknown): Promise<T> =>
  new Promise((resolve, reject) => client[method]?.(request, (error, response) => (error ? reject(error) : resolve(response))));

async function create(inputs: Properties, { preview = false, timeout = 0 } = {}): Promise<Properties> {
  const request = new pb.CreateRequest();
  request.setUrn(URN);
  request.setProperties(struct(inputs));
  request.setPreview(preview);
  request.setTimeout(timeout);
  return (await call<CreateResponse>("create", request)).getProperties()?.toJavaScript() ?? {};
}

async function update(olds: Properties, news: Properties): Promise<Properties> {
  const request = new pb.UpdateRequest();
  request.setUrn(URN);
  request.setOlds(struct(olds));
  request.setNews(struct(news));
  return (await call<UpdateResponse>("update", request)).getProperties()?.toJavaScript() ?? {};
}

async function remove(state: Properties): Promise<void> {
  const request = new pb.DeleteRequest();
  request.setUrn(URN);
  request.setProperties(struct(state));
  await call("delete", request);
}

test("a command gets its folder, environment, input and interpreter, and its output loses one line end", async () => {
  const inputs = {
    create: "cat; printf '%s %s\\n\\n' $A $(pwd); echo no >&2",
    stdin: "in,",
    environment: { A: "a" },
    dir: folder,
    interpreter: ["/bin/bash", "-c"],
  };
  expect(await create(inputs)).toEqual({ ...inputs, stdout: `in,a ${folder}\n`, stderr: "no" });
});

test("lines reach the engine's display in their order while the command runs", async () => {
  logged.length = 0;
  const release = join(folder, "go-on");
  const running = create({ create: `echo one; echo two >&2; while [ ! -e ${release} ]; do :; done; echo three`, logging: "stdout" });
  await until("the first line", () => logged.length > 0);
  expect(logged).toEqual(["hello: one"]);
  await create({ create: `touch ${release}`, logging: "none" });
  await running;
  expect(logged).toEqual(["hello: one", "hello: three"]);
});

test("a preview runs nothing and leaves the output unknown", async () => {
  const outputs = await create({ create: `touch ${folder}/ran` }, { preview: true });
  expect(outputs).toMatchObject({ stdout: UNKNOWN, stderr: UNKNOWN });
  expect(existsSync(join(folder, "ran"))).toBe(false);
});

test("a command that fails says how, which and its last words", async () => {
  await expect(create({ create: "echo out; echo wrong >&2; exit 3" })).rejects.toThrow(
    /exit status 3: running "echo out; echo wrong >&2; exit 3":\nout\nwrong/,
  );
});

test("a failing command with secret inputs keeps its text, and without logging its output, to itself", async () => {
  const failing = create({ create: secret("echo hidden; exit 1"), logging: "none" });
  await expect(failing).rejects.toThrow(/exit status 1: running a command with secret inputs:\n\(its output is withheld/);
});

test("a command that takes longer than its limit is ended with all that it started", async () => {
  await expect(create({ create: `sh -c 'sleep 60; touch ${folder}/late' & wait` }, { timeout: 0.3 })).rejects.toThrow("no end after 0.3 s");
});

test("the output is as secret as the inputs", async () => {
  expect((await create({ create: "echo $A", environment: { A: secret("x") } }))["stdout"]).toEqual(secret("x"));
});

test("an update runs the update command, or else create, and knows the earlier output", async () => {
  const olds = { create: "echo first", stdout: "first", stderr: "" };
  expect(await update(olds, { create: "echo again" })).toMatchObject({ stdout: "again" });
  expect(await update(olds, { create: "echo again", update: 'echo "was $PULUMI_COMMAND_STDOUT"' })).toMatchObject({ stdout: "was first" });
  expect(await update(olds, { update: 'echo "was $PULUMI_COMMAND_STDOUT"', addPreviousOutputInEnv: false })).toMatchObject({ stdout: "was " });
});

test("the delete command runs with the earlier output", async () => {
  await remove({ delete: `echo "$PULUMI_COMMAND_STDOUT" > ${folder}/deleted`, stdout: "last" });
  expect(readFileSync(join(folder, "deleted"), "utf8")).toBe("last\n");
});

test("a difference names the property, and says whether it replaces", async () => {
  const request = new pb.DiffRequest();
  request.setUrn(URN);
  request.setOldInputs(struct({ create: "a", triggers: [1] }));
  request.setNews(struct({ create: "a", triggers: [2] }));
  const response = await call<DiffResponse>("diff", request);
  expect(response.getChanges()).toBe(pb.DiffResponse.DiffChanges.DIFF_SOME);
  expect(response.getReplacesList()).toEqual(["triggers"]);
  expect(response.getDetaileddiffMap().get("triggers")?.getKind()).toBe(pb.PropertyDiff.Kind.UPDATE_REPLACE);
});

test("a check answers with defaults and with what is wrong", async () => {
  const request = new pb.CheckRequest();
  request.setUrn(URN);
  request.setNews(struct({ craete: "x" }));
  const response = await call<CheckResponse>("check", request);
  expect(response.getInputs()?.toJavaScript()).toMatchObject({ addPreviousOutputInEnv: true });
  expect(response.getFailuresList().map((failure) => failure.getReason())).toEqual([expect.stringContaining("craete is not a property")]);
});

test("local.run answers with the command's output", async () => {
  const request = new pb.InvokeRequest();
  request.setTok("command:local:run");
  request.setArgs(struct({ command: "echo now" }));
  expect((await call<InvokeResponse>("invoke", request)).getReturn()?.toJavaScript()).toMatchObject({ stdout: "now" });
});

test("a program that does not exist is an error of the command, not of the plugin", async () => {
  await expect(create({ create: "x", interpreter: ["/no/such/shell"] })).rejects.toThrow("cannot start /no/such/shell");
  expect(await create({ create: "echo alive" })).toMatchObject({ stdout: "alive" });
});
