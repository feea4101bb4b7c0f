import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../tests/support/until.ts";
import { withLock } from "./lock.mjs";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-lock-"));
  file = join(folder, "a.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = { onWait: (): void => {} };
const holder = (script: string): string[] => [
  "--input-type=module",
  "--eval",
  `import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.mjs"))}; ${script}`,
];

test("the lock is gone after the work, also when the work fails", async () => {
  await expect(withLock(file, quiet, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(existsSync(file)).toBe(false);
  await expect(withLock(file, quiet, async () => existsSync(file))).resolves.toBe(true);
});

test("a lock whose process was killed is broken", async () => {
  spawnSync(process.execPath, holder(`await withLock(${JSON.stringify(file)}, { onWait() {} }, async () => process.kill(process.pid, "SIGKILL"));`));
  expect(existsSync(file)).toBe(true);
  await expect(withLock(file, quiet, async () => "taken")).resolves.toBe("taken");
});

test("a lock whose process id now belongs to another process is broken", async () => {
  writeFileSync(file, `${process.pid} 1`);
  await expect(withLock(file, quiet, async () => "taken")).resolves.toBe("taken");
});

test("a lock held by a live process is waited for", async () => {
  const script = `await withLock(${JSON.stringify(file)}, { onWait() {} }, async () => { process.stdin.resume(); await new Promise((end) => process.stdin.once("end", end)); });`;
  const other = spawn(process.execPath, holder(script), { stdio: ["pipe", "ignore", "inherit"] });
  await until("the other process to hold the lock", () => existsSync(file));
  const order: string[] = [];
  const waiting = withLock(file, { onWait: (pid) => order.push(`waits for ${pid === other.pid ? "the other" : pid}`) }, async () => order.push("works"));
  await until("this process to wait", () => order.length === 1);
  other.stdin.end();
  await waiting;
  expect(order).toEqual(["waits for the other", "works"]);
});

test("of ten processes that come at once, one works at a time", async () => {
  const log = join(folder, "log");
  writeFileSync(log, "");
  const script = `import { appendFileSync } from "node:fs"; await withLock(${JSON.stringify(file)}, { onWait() {} }, async () => { appendFileSync(${JSON.stringify(log)}, "in "); await new Promise(setImmediate); appendFileSync(${JSON.stringify(log)}, "out\\n"); });`;
  const children = Array.from({ length: 10 }, () => spawn(process.execPath, holder(script), { stdio: "inherit" }));
  await Promise.all(children.map((child) => new Promise((end) => child.on("close", end))));
  expect(readFileSync(log, "utf8")).toBe("in out\n".repeat(10));
});
