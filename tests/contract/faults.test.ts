import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { adoptLost } from "../../infra/cli/adopt.ts";
import { privateIpOf } from "../../infra/rehearsal/clouds.ts";
import { drawFaults, writeFaults, type Fault } from "../../infra/rehearsal/faults.ts";
import type { Settings } from "../../infra/settings.ts";
import { setUp } from "../../infra/setup/index.ts";
import { createProgress } from "../../infra/setup/progress.ts";
import { CloudScene, type QuietStack } from "../support/clouds.ts";

// What a home has in the clouds, by the real engine with the real policies, against simulated clouds in which things go wrong.
jest.setTimeout(600_000);
jest.spyOn(console, "log").mockImplementation(() => {});

let scene: CloudScene;
let settings: Settings;

beforeAll(async () => {
  scene = new CloudScene(await setUp(createProgress(process.stderr)));
  settings = scene.configure();
  const stack = await scene.start();
  await stack.select();
  scene.keep("nothing");
  await bringUp(stack);
  scene.keep("home");
}, 600_000);
afterAll(() => scene.end());

/** What `freehold up` does of it. */
async function bringUp(stack: QuietStack): Promise<void> {
  await adoptLost(stack, settings);
  await stack.up(settings);
}

const types = {
  vm: "oci:Core/instance:Instance",
  volume: "oci:Core/volume:Volume",
  attachment: "oci:Core/volumeAttachment:VolumeAttachment",
  address: "oci:Core/publicIp:PublicIp",
  vcn: "oci:Core/vcn:Vcn",
  hourly: "oci:ObjectStorage/bucket:Bucket",
  offSite: "gcp:storage/bucket:Bucket",
};
const ids = (of: keyof typeof types) => scene.all(types[of]).map(({ id }) => id);

/** One of each, bound to each other: nothing is there twice, and no disk was formatted over. */
function expectWhole(): void {
  for (const of of Object.keys(types) as (keyof typeof types)[]) expect([of, ids(of)]).toEqual([of, [expect.any(String)]]);
  const [vm = ""] = ids("vm");
  const [volume = ""] = ids("volume");
  expect(scene.all(types.vm)[0]?.outputs["state"]).toBe("RUNNING");
  expect(scene.all(types.attachment)[0]?.inputs).toMatchObject({ instanceId: vm, volumeId: volume });
  expect(scene.all(types.address)[0]?.outputs).toMatchObject({ privateIpId: privateIpOf(vm) });
  expect(scene.all(types.volume)[0]?.disk).toEqual({ formatted: 1, written: `data of ${volume}` });
}

const lasting = ["volume", "address", "hourly", "offSite"] as const;
const cloudWords = /Out of host capacity|TooManyRequests|QuotaExceeded|504-Timeout|503-ServiceUnavailable|LimitExceeded/;

/** Brings a home up while things go wrong, then once more while nothing does. */
async function live(from: "nothing" | "home", faults: readonly Fault[]): Promise<"converged at once" | "with a clear error"> {
  scene.goBackTo(from);
  const before = Object.fromEntries(lasting.map((of) => [of, from === "home" ? ids(of) : []]));
  const troubled = await scene.start(writeFaults(faults));
  const error = await bringUp(troubled).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  if (error !== undefined) {
    expect(error).toMatchObject({ cure: expect.stringContaining("it goes on where it stopped") });
    expect(troubled.said).toMatch(cloudWords);
  }
  const calm = await scene.start();
  await calm.show(bringUp(calm));
  expectWhole();
  expect(await calm.leftToDo()).toBe("");
  const lost = faults.some(({ name }) => name === "lost-volume");
  if (from === "home") for (const of of lasting) if (of !== "volume" || !lost) expect(ids(of)).toEqual(before[of]);
  return error === undefined ? "converged at once" : "with a clear error";
}

const one = (name: Fault["name"], of?: string): Fault => ({ name, times: 1, spare: 0, ...(of === undefined ? {} : { of }) });

/** Each takes four runs of the engine or more: `FREEHOLD_TEST_PROD=1 npm test -- tests/contract/faults` runs them, too. */
const thorough = process.env["FREEHOLD_TEST_PROD"] === "1" ? test : test.skip;

describe("each named fault", () => {
  thorough.each([
    ["nothing", "quota-exceeded", "with a clear error"],
    ["nothing", "refused-bucket", "with a clear error"],
    ["nothing", "too-many-requests", "with a clear error"],
    ["nothing", "slow-dns", "converged at once"],
    ["home", "reclaimed-vm", "converged at once"],
    ["home", "terminated-vm", "converged at once"],
    ["home", "lost-volume", "converged at once"],
  ] as const)("from %s: %s ends %s, and the next `up` converges", async (from, name, expected) => {
    expect(await live(from, [one(name)])).toBe(expected);
  });

  // An engine from 3.244 on asks for the machine again within the same `up`.
  thorough("from nothing: out-of-capacity converges, at once or by the next `up`", async () => {
    await live("nothing", [one("out-of-capacity")]);
  });

  test("from nothing: whatever answer is lost, nothing is there twice", async () => {
    const lost = ["Instance", "volume:Volume", "PublicIp", "bucket:Bucket", "Vcn", "DnsRecord", "Quota"].map((of) => one("lost-answer", of));
    expect(await live("nothing", lost)).toBe("with a clear error");
  });

  thorough("a state that was lost finds its home again, and makes nothing", async () => {
    scene.goBackTo("home");
    const made = scene.clouds.made;
    const before = lasting.map(ids);
    const [vm] = ids("vm");
    scene.forgetState("nothing");
    const stack = await scene.start();
    await stack.show(bringUp(stack));
    expectWhole();
    expect([lasting.map(ids), ids("vm")]).toEqual([before, [vm]]);
    // What has no name of its own is made anew: grants, alarms, rules and keys.
    expect(scene.clouds.made - made).toBeLessThan(20);
    expect(await stack.leftToDo()).toBe("");
  });
});

/** `FREEHOLD_TEST_PROD_SEEDS=50 npm test -- tests/contract/faults` runs as many; each is one number, and comes out the same each time. */
const seeds = Array.from({ length: Number(process.env["FREEHOLD_TEST_PROD_SEEDS"] ?? 1) }, (_, index) => index + 1);
const ended: string[] = [];

describe("faults by chance", () => {
  test.each(seeds)("seed %i ends converged or with a clear error, and the next `up` converges", async (seed) => {
    const from = seed % 2 === 0 ? "home" : "nothing";
    ended.push(await live(from, drawFaults(seed)));
  });

  afterAll(() => {
    const count = (how: string) => ended.filter((one) => one === how).length;
    process.stderr.write(`${ended.length} runs: ${count("converged at once")} converged at once, ${count("with a clear error")} with a clear error\n`);
  });
});
