import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ensureStateFolder } from "./state-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the passphrase is made once, and only its owner can read it and the folder", () => {
  const home = join(folder, "home");
  const { passphraseFile, state } = ensureStateFolder({ FREEHOLD_HOME: home });
  const passphrase = readFileSync(passphraseFile, "utf8");
  expect(passphrase).toMatch(/^[\w-]{43}$/);
  ensureStateFolder({ FREEHOLD_HOME: home });
  expect(readFileSync(passphraseFile, "utf8")).toBe(passphrase);
  expect([statSync(home).mode & 0o777, statSync(state).mode & 0o777, statSync(passphraseFile).mode & 0o777]).toEqual([0o700, 0o700, 0o600]);
  expect(readdirSync(home).toSorted()).toEqual(["passphrase", "state"]);
});

test("a lost passphrase is not replaced while stacks need it", () => {
  mkdirSync(join(folder, "state/.pulumi/stacks/freehold"), { recursive: true });
  writeFileSync(join(folder, "state/.pulumi/stacks/freehold/dev.json"), "{}");
  expect(() => ensureStateFolder({ FREEHOLD_HOME: folder })).toThrow("is gone");
});

test("a folder that cannot be made is named together with the cure", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => ensureStateFolder({ FREEHOLD_HOME: join(folder, "file/home") })).toThrow(
    expect.objectContaining({ cure: expect.stringContaining("FREEHOLD_HOME") }),
  );
});
