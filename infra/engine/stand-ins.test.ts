import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { launcher } from "./engine.ts";
import { STAND_INS, standInsEntry } from "./stand-ins.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "freehold-stand-ins-"));
  mkdirSync(join(folder, "copy"));
  await standInsEntry().make(join(folder, "copy"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["languageHost", "command"] as const)("the copied %s runs without the checkout and prints its port", async (name) => {
  const child = spawn(process.execPath, [join(folder, "copy", STAND_INS[name]), "127.0.0.1:1"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"], env: {} });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      expect(line).toMatch(/^\d+$/);
      break;
    }
  } finally {
    child.kill();
  }
});

test("a launcher passes its arguments on whole, whatever is in them", () => {
  const script = join(folder, "print's args.mjs");
  writeFileSync(script, "console.log(JSON.stringify(process.argv.slice(2)));");
  const program = join(folder, "program");
  writeFileSync(program, launcher([script, "it's", "two words"]));
  chmodSync(program, 0o755);
  expect(JSON.parse(execFileSync(program, ["$HOME"], { encoding: "utf8" }))).toEqual(["it's", "two words", "$HOME"]);
});
