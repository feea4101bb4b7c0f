import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { doubtFreshCopies, frozenPass, hotPass, type PassParts } from "./passes.ts";
import { layoutOfTenants, stagedHomeOf } from "./tenant-layout.ts";

let folder: string;
let steady = 0;
const clock = { now: () => Date.now() };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "passes-"));
  await mkdir(join(folder, "ada/home"), { recursive: true });
  await writeFile(join(folder, "ada/home/file"), "one");
});
afterEach(() => rm(folder, { recursive: true }));

function parts(held: boolean[], heldForMs = 10): PassParts & { freezes: number[] } {
  const freezes: number[] = [];
  const freeze = async (_id: string, leaseMs: number) => (freezes.push(leaseMs), { lease: "x", frozen: true });
  const thaw = async () => ((steady += heldForMs), held[freezes.length - 1] ? { pausedMs: 12 } : undefined);
  return {
    layout: layoutOfTenants(folder),
    manager: { freeze, thaw },
    log: silentLog,
    clock,
    steadyClock: { now: () => steady },
    confinement: { isOn: async () => false },
    timeoutMs: 20_000,
    freezes,
  };
}
const staged = () => readFile(join(stagedHomeOf(layoutOfTenants(folder), "ada"), "file"), "utf8");

test("a copy under a lease that was held is taken, with the pause that the manager measured", async () => {
  const own = parts([true]);
  await hotPass(own, "ada", {}, { trusted: true });
  await writeFile(join(folder, "ada/home/file"), "two");
  expect(await frozenPass(own, "ada", {})).toMatchObject({ pauseMs: 12, changed: true });
  expect(await staged()).toBe("two");
});

test("a lease that runs out is asked for again, longer; after three the tenant fails", async () => {
  const own = parts([false, true]);
  await hotPass(own, "ada", {}, { trusted: true });
  await frozenPass(own, "ada", {});
  expect(own.freezes).toEqual([5_000, 15_000]);
  const never = parts([false, false, false]);
  await expect(frozenPass(never, "ada", {})).rejects.toMatchObject({ code: "backup.overdue", retryable: true });
  expect(never.freezes).toHaveLength(3);
});

test("a lease that was held longer than it lasts is not trusted, whatever the manager says", async () => {
  const own = parts([true, true], 6_000);
  await hotPass(own, "ada", {}, { trusted: true });
  await frozenPass(own, "ada", {});
  expect(own.freezes).toEqual([5_000, 15_000]);
});

test("what was written right before it was copied is copied again, for its time may hide a later change", async () => {
  const own = parts([true]);
  const path = join(folder, "ada/home/file");
  await writeFile(path, "fresh");
  const pass = await hotPass(own, "ada", {}, { trusted: true });
  await writeFile(join(stagedHomeOf(own.layout, "ada"), "file"), "wrong");
  await doubtFreshCopies(own, "ada", [{ ...pass, startedAt: 0 }]);
  await frozenPass(own, "ada", {});
  expect(await staged()).toBe("fresh");
});

test("where a pass can't be confined, what an earlier one was led to elsewhere is found by its bytes, whatever its size and time say", async () => {
  const own = parts([true]);
  await hotPass(own, "ada", {}, { trusted: true });
  const { atime, mtime } = await stat(join(folder, "ada/home/file"));
  const copy = join(stagedHomeOf(own.layout, "ada"), "file");
  await writeFile(copy, "her");
  await utimes(copy, atime, mtime);
  await frozenPass(own, "ada", {});
  expect(await staged()).toBe("one");
});
