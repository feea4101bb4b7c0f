import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { layoutOf, type Layout } from "./layout.ts";
import { beginSwap, dropReplaced, finishSwap } from "./swap.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "swap-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const startedAt = Date.parse("2026-11-21T10:20:30.400Z");
const order = { snapshotId: "ab", databases: ["worker"], jobs: true, startedAt };

/** A volume with the old jobs a, b, c, and the restored b, c, d beside them. */
async function volume(): Promise<Layout> {
  const layout = layoutOf(await mkdtemp(join(folder, "jobs-")));
  for (const name of ["a", "b", "c"]) await put(join(layout.jobsDir, name), "old");
  for (const name of ["b", "c", "d", ".freehold-snapshot"]) await put(join(layout.incoming, name), "new");
  return layout;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "file"), text);
}

const contents = async (path: string) =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(path)).filter((name) => !name.startsWith(".")).map(async (name) => [name, await readFile(join(path, name, "file"), "utf8")] as const),
    ),
  );

async function expectExchanged(layout: Layout): Promise<void> {
  expect(await contents(layout.jobsDir)).toEqual({ b: "new", c: "new", d: "new" });
  expect(await contents(join(layout.replaced, "2026-11-21T10-20-30.400Z"))).toEqual({ a: "old", b: "old", c: "old" });
  expect((await readdir(layout.jobsDir)).filter((name) => name.startsWith(".")).toSorted()).toEqual([".freehold", ".freehold-volume"]);
  expect(await readdir(layout.work)).toEqual(["replaced"]);
}

test("restored files take the place of the old, which are kept", async () => {
  const layout = await volume();
  const swapped: string[] = [];
  await beginSwap(layout, order);
  await finishSwap({ layout, swapDatabases: async (names) => void swapped.push(...names) });
  await expectExchanged(layout);
  expect(swapped).toEqual(["worker"]);
});

test("an exchange that is cut off at any step is finished by the next run, whatever step that is cut off at", async () => {
  const steps = 6;
  for (let first = 0; first <= steps; first++) {
    for (const second of [0, 1, 2]) {
      const layout = await volume();
      await beginSwap(layout, order);
      for (const limit of [first, second]) await finishSwap(cutOff(layout, limit)).catch(() => undefined);
      await finishSwap({ layout, swapDatabases: async () => undefined });
      await expectExchanged(layout);
    }
  }
});

/** Fails after so many moves, and after all of them at the databases. */
function cutOff(layout: Layout, moves: number) {
  let left = moves;
  const move = async (from: string, to: string) => {
    if (left-- === 0) throw new Error("cut off");
    await rename(from, to);
  };
  return { layout, move, swapDatabases: async () => Promise.reject(new Error("cut off")) };
}

test("without a journal there is nothing to finish", async () => {
  const layout = await volume();
  expect(await finishSwap({ layout, swapDatabases: async () => Promise.reject(new Error("nothing to swap")) })).toBeUndefined();
  expect(await contents(layout.jobsDir)).toEqual({ a: "old", b: "old", c: "old" });
});

test("restoring databases alone moves no file and marks no volume", async () => {
  const layout = await volume();
  await beginSwap(layout, { ...order, jobs: false });
  await finishSwap({ layout, swapDatabases: async () => undefined });
  expect(await contents(layout.jobsDir)).toEqual({ a: "old", b: "old", c: "old" });
  expect(await readdir(layout.jobsDir)).not.toContain(".freehold-volume");
});

test("what was replaced is kept until its time is over", async () => {
  const layout = await volume();
  await beginSwap(layout, order);
  await finishSwap({ layout, swapDatabases: async () => undefined });
  expect(await dropReplaced(layout, startedAt)).toBe(false);
  expect(await dropReplaced(layout, startedAt + 1)).toBe(true);
  expect(await readdir(layout.replaced)).toEqual([]);
});
