import { expect, test } from "@jest/globals";
import { containerImage, containerLog, containerMemory, containerRestart, homeMemory } from "./container-limits.ts";
import { goodContainer, goodEdge, goodManager, judge, unknownMarker } from "./fixtures.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["without a memory limit", containerMemory, { memory: undefined, memorySwap: undefined }, "memory = 0 MB"],
  ["with a memory limit of nothing", containerMemory, { memory: 0, memorySwap: 0 }, "memory = 0 MB"],
  ["without a limit on swap", containerMemory, { memorySwap: undefined }, "memorySwap = not set, memory = 256 MB"],
  ["with endless swap", containerMemory, { memorySwap: -1 }, "memorySwap = -1"],
  ["with a memory limit that the preview does not know", containerMemory, { memory: unknownMarker }, "memory: not known"],
  ["of the newest image", containerImage, { image: "freehold/web:latest" }, "image = freehold/web:latest"],
  ["of an image without a tag", containerImage, { image: "freehold/web" }, "image = freehold/web"],
  ["of an image named by its version", containerImage, { image: "postgres:17" }, "image = postgres:17"],
  ["of another's image with a tag like a hash", containerImage, { image: "example.org/web:0123456789ab" }, "image = example.org/web:0123456789ab"],
  ["of an image that the preview does not know", containerImage, { image: unknownMarker }, "image: not known"],
  ["that stays down after a crash", containerRestart, { restart: undefined }, "restart = no"],
  ["that is never restarted", containerRestart, { restart: "no" }, "restart = no"],
  ["with an endless log", containerLog, { logOpts: undefined }, "max-size = not set"],
  ["with a log of many large files", containerLog, { logOpts: { "max-size": "50m", "max-file": "3" } }, "max-size = 50m, max-file = 3"],
  ["with a log size that is no size", containerLog, { logOpts: { "max-size": "much" } }, "max-size = much"],
  ["with a number of log files that is no number", containerLog, { logOpts: { "max-size": "1m", "max-file": "many" } }, "max-file = many"],
  ["with a log sent elsewhere", containerLog, { logDriver: "syslog" }, "logDriver = syslog"],
])("a container %s is refused", (_what, policy, change, found) => {
  const messages = judge(policy, [goodContainer(change)]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(found);
});

test.each(["freehold/web:0123456789ab", `postgres@${digest}`, digest])("an image named by its content is accepted: %s", (image) => {
  expect(judge(containerImage, [goodContainer({ image })])).toEqual([]);
});

test.each(["1g", "500k", "104857600"])("a log of one file is judged in Docker's units: %s", (size) => {
  expect(judge(containerLog, [goodContainer({ logOpts: { "max-size": size } })])).toHaveLength(size === "500k" ? 0 : 1);
});

test("containers and job slots that fit the home together are accepted", () => {
  expect(judge(homeMemory, [goodManager(), goodEdge()], { homeMemoryMb: 256 * 2 + 3 * 1024 })).toEqual([]);
});

test("containers and job slots that are one MB too large together are refused, with what each takes", () => {
  const messages = judge(homeMemory, [goodManager(), goodEdge({ memory: 257 })], { homeMemoryMb: 256 * 2 + 3 * 1024 });
  expect(messages).toEqual([
    [
      "The stack: The memory limits of all containers, job slots and awake tenants together must fit the home's memory.",
      "  found: 3585 MB: containers 513 MB (the largest: freehold-dev-edge 257 MB, freehold-dev-manager 256 MB), job slots 3072 MB, awake tenants 0 MB",
      "  limit: 3,584 MB (the pack's setting homeMemoryMb)",
      "  cure:  Lower jobs.slots, jobs.memoryMb, tenants.memoryMb or a service's memory, or, if the machine has it, raise memoryMb in the stack's settings.",
    ].join("\n"),
  ]);
});

test("without a configuration the home's memory is the one in the limits, not endless", () => {
  const [message] = judge(homeMemory, [goodContainer({ memory: 12_289 })]);
  expect(message).toContain("limit: 12,288 MB (Freehold's own choice, 2026-11-21)");
});

test("a manager that does not bound its jobs is refused", () => {
  const [message] = judge(homeMemory, [goodManager({ envs: ["JOB_NETWORKS=a,b"] })]);
  expect(message).toContain("freehold-dev-manager has JOB_NETWORKS without a number in JOB_MEMORY_MB");
});

test("a manager that does not bound its tenants is refused, and those of one that does are part of the sum", () => {
  const [unbounded] = judge(homeMemory, [goodManager({ envs: ["TENANT_IMAGE=a:1"] })]);
  expect(unbounded).toContain("freehold-dev-manager has TENANT_IMAGE without a number in TENANTS_MEMORY_MB");
  const bounded = goodManager({ envs: ["TENANT_IMAGE=a:1", "TENANTS_MEMORY_MB=4096"] });
  expect(judge(homeMemory, [bounded], { homeMemoryMb: 256 + 4_096 })).toEqual([]);
  expect(judge(homeMemory, [bounded], { homeMemoryMb: 256 + 4_095 })[0]).toContain("awake tenants 4096 MB");
});

test("one memory limit that the preview does not know is refused rather than left out of the sum", () => {
  const messages = judge(homeMemory, [goodContainer({ memory: unknownMarker }), goodEdge()]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain("memory: not known before the update");
});
