import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createResource, emptyClouds, privateIpOf, type Clouds } from "./clouds.ts";
import { Workspace } from "./workspace.ts";

let workspace: Workspace;
const file = () => join(workspace.folder, "clouds.json");
const clouds = () => JSON.parse(readFileSync(file(), "utf8")) as Clouds;

/** Notes one more resource, and answers with its id. Throws: Refusal. */
function make(type: string, inputs: Record<string, unknown>): string {
  const { clouds: next, resource } = createResource(clouds(), type, { compartmentId: "home", ...inputs });
  writeFileSync(file(), JSON.stringify(next));
  return resource.id;
}

const machine = () =>
  make("oci:Core/instance:Instance", { availabilityDomain: "AD-1", shape: "VM.Standard.A1.Flex", shapeConfig: { ocpus: 2, memoryInGbs: 12 } });

beforeAll(() => {
  workspace = new Workspace("freehold-test", new AbortController().signal);
  writeFileSync(file(), JSON.stringify(emptyClouds()));
});
afterAll(async () => workspace.close(false));

test("a machine that is lost leaves room for another of the same size, its disk's attachment goes, and its address is nobody's", () => {
  const vm = machine();
  const volumeId = make("oci:Core/volume:Volume", { availabilityDomain: "AD-1", sizeInGbs: "100" });
  make("oci:Core/volumeAttachment:VolumeAttachment", { instanceId: vm, volumeId, attachmentType: "paravirtualized" });
  make("oci:Core/publicIp:PublicIp", { lifetime: "RESERVED", privateIpId: privateIpOf(vm) });
  expect(machine).toThrow("LimitExceeded");

  workspace.lose(vm);
  expect(workspace.resources("oci:Core/volumeAttachment:VolumeAttachment")).toEqual([]);
  expect(workspace.resources("oci:Core/publicIp:PublicIp")).toMatchObject([{ inputs: expect.not.objectContaining({ privateIpId: expect.anything() }) }]);
  const [volume] = workspace.resources("oci:Core/volume:Volume");
  expect(volume?.id).toBe(volumeId);
  expect(machine()).not.toBe(vm);
});
