import { expect, test } from "@jest/globals";
import { a1Size, a1Total, instanceLegacyMetadata, instanceReplacement, instanceShape, microCount } from "./compute.ts";
import { goodInstance, judge, unknownMarker } from "./fixtures.ts";

const size = (ocpus: unknown, memoryInGbs: unknown) => ({ shapeConfig: { ocpus, memoryInGbs } });
const micro = { shape: "VM.Standard.E2.1.Micro", shapeConfig: undefined };

test.each([
  ["of a paid shape", instanceShape, { shape: "VM.Standard.E4.Flex" }, "shape = VM.Standard.E4.Flex"],
  ["without a shape", instanceShape, { shape: undefined }, "shape = not set"],
  ["of a shape that the preview does not know", instanceShape, { shape: unknownMarker }, "shape: not known"],
  ["that leaves its size to Oracle", a1Size, { shapeConfig: undefined }, "ocpus = not set, memoryInGbs = not set"],
  ["that leaves its memory to Oracle", a1Size, size(2, undefined), "memoryInGbs = not set"],
  ["that answers legacy metadata requests", instanceLegacyMetadata, { instanceOptions: undefined }, "areLegacyImdsEndpointsDisabled = not set"],
  [
    "that answers them in so many words",
    instanceLegacyMetadata,
    { instanceOptions: { areLegacyImdsEndpointsDisabled: false } },
    "areLegacyImdsEndpointsDisabled = false",
  ],
])("an instance %s is refused", (_what, policy, change, found) => {
  expect(judge(policy, [goodInstance(change)])).toEqual([expect.stringContaining(found)]);
});

test.each([
  ["deleteBeforeReplace", { deleteBeforeReplace: false }, "deleteBeforeReplace is not set"],
  ["ignoring a new image", { ignoreChanges: ["metadata"] }, "ignoreChanges lacks sourceDetails.sourceId"],
  ["ignoring new user data", { ignoreChanges: ["sourceDetails"] }, "ignoreChanges lacks metadata"],
])("an instance without %s is refused", (_what, options, found) => {
  expect(judge(instanceReplacement, [goodInstance({}, options)])).toEqual([expect.stringContaining(found)]);
});

test.each([
  ["3 OCPUs in one", [size(3, 12)], "3 OCPU in 1 instances", "2 OCPU (Oracle docs, Always Free Resources, 2026-09-04)"],
  ["3 OCPUs in two", [size(1, 6), size(2, 6)], "3 OCPU in 2 instances", "2 OCPU"],
  ["13 GB", [size(1, 12), size(1, 1)], "13 GB in 2 instances", "12 GB"],
  ["a size that the preview does not know", [size(unknownMarker, 6)], "ocpus: not known", "the preview can show"],
])("A1 instances of %s are refused", (_what, sizes, found, limit) => {
  const messages = judge(
    a1Total,
    sizes.map((change) => goodInstance(change)),
  );
  expect(messages).toEqual([expect.stringContaining(found)]);
  expect(messages[0]).toContain(limit);
});

test("4 OCPUs and 24 GB need the profile payg and the acceptance of what it may cost", () => {
  const large = [goodInstance(size(4, 24))];
  expect(judge(a1Total, large, { profile: "payg", acceptPaygCost: true })).toEqual([]);
  expect(judge(a1Total, large, { profile: "free", acceptPaygCost: true })).toHaveLength(2);
  const [message] = judge(a1Total, large, { profile: "payg", acceptPaygCost: false });
  expect(message).toContain("or accept in the settings what the profile payg may cost");
});

test("5 OCPUs are refused in any profile", () => {
  expect(judge(a1Total, [goodInstance(size(5, 24))], { profile: "payg", acceptPaygCost: true })).toHaveLength(1);
});

test("micro instances do not count as A1, and a third is one too many", () => {
  const micros = ["a", "b", "c"].map(() => goodInstance(micro));
  expect(judge(a1Total, [goodInstance(), ...micros])).toEqual([]);
  expect(judge(microCount, micros.slice(1))).toEqual([]);
  expect(judge(microCount, micros)).toHaveLength(1);
});
