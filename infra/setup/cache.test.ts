import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Cache } from "./cache.ts";
import type { Entry } from "./cache.ts";

let home: string;
let cache: Cache;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "freehold-cache-"));
  cache = new Cache({ XDG_CACHE_HOME: home });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const nobody = (): void => {};
function tool(make: (folder: string) => Promise<void> = async (folder) => writeFileSync(join(folder, "program"), "whole")): Entry {
  return { name: "tool-1", proof: "program", make };
}

test("an entry is made once", async () => {
  let times = 0;
  const entry = tool(async (folder) => {
    times += 1;
    writeFileSync(join(folder, "program"), "whole");
  });
  await cache.alone(nobody, () => cache.ensure(entry));
  await cache.alone(nobody, () => cache.ensure(entry));
  expect(times).toBe(1);
});

test("while an entry is being made, nothing has its name", async () => {
  const seen = await cache.alone(nobody, async () => {
    let there: boolean | undefined;
    await cache.ensure(
      tool(async (folder) => {
        writeFileSync(join(folder, "program"), "half");
        there = existsSync(cache.path("tool-1"));
      }),
    );
    return there;
  });
  expect(seen).toBe(false);
});

test("a failure leaves nothing behind, and the next try succeeds", async () => {
  const failing = tool(async (folder) => {
    writeFileSync(join(folder, "program"), "half");
    throw new Error("no disk");
  });
  await expect(cache.alone(nobody, () => cache.ensure(failing))).rejects.toThrow("no disk");
  expect(readdirSync(cache.root)).toEqual([]);
  await cache.alone(nobody, () => cache.ensure(tool()));
  expect(cache.has(tool())).toBe(true);
});

test("a folder without its proof is made anew, and drafts of a killed process are removed", async () => {
  mkdirSync(cache.path("tool-1"), { recursive: true });
  writeFileSync(cache.path("tool-1", "other"), "");
  mkdirSync(cache.path(".draft-killed"));
  expect(cache.has(tool())).toBe(false);
  await cache.alone(nobody, () => cache.ensure(tool()));
  expect(readdirSync(cache.root)).toEqual(["tool-1"]);
  expect(readdirSync(cache.path("tool-1"))).toEqual(["program"]);
});

test("an entry that was made without its proof is refused", async () => {
  await expect(cache.alone(nobody, () => cache.ensure(tool(async () => {})))).rejects.toThrow("tool-1 was made without its program");
});

test("a cache that cannot be written is named together with the cure", async () => {
  writeFileSync(join(home, "file"), "");
  const blocked = new Cache({ XDG_CACHE_HOME: join(home, "file") });
  await expect(blocked.alone(nobody, async () => {})).rejects.toMatchObject({
    message: expect.stringContaining("cannot be written"),
    cure: expect.stringContaining("XDG_CACHE_HOME"),
  });
});
