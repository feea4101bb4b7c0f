import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { lockFolder } from "./folder-lock.ts";

const folders = mkdtempSync(join(tmpdir(), "freehold-test-lock-"));
afterAll(() => rmSync(folders, { recursive: true }));
const newFolder = () => join(mkdtempSync(join(folders, "a-")), "new");

test("a folder is held by one at a time, is for its owner alone, and is free again when it is given back", () => {
  const folder = newFolder();
  const unlock = lockFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(() => lockFolder(folder)).toThrow(`in use by another process (${process.pid}). Stop that one, or name another folder.`);
  unlock();
  lockFolder(folder)();
});

test("a process that is killed leaves its folder free, and while it lives its id is told, whatever becomes of its garbage", async () => {
  const folder = newFolder();
  const script = `import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, "folder-lock.ts"))}; lockFolder(${JSON.stringify(folder)}); gc(); setTimeout(() => { gc(); console.log("held"); setInterval(() => {}, 1e6); }, 1);`;
  const child = spawn(process.execPath, ["--no-warnings", "--expose-gc", "--input-type=module-typescript", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  try {
    await until("the other process to hold the folder", () => said.includes("held"));
    expect(() => lockFolder(folder)).toThrow(`(${child.pid})`);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  lockFolder(folder)();
});

test("a folder that can't be made is named with the cause", () => {
  const file = join(folders, "file");
  writeFileSync(file, "");
  expect(() => lockFolder(join(file, "sub"))).toThrow(/The folder .*\/file\/sub can't be used: ENOTDIR/);
});
