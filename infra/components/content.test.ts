import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { contentHash, listFiles } from "./content.ts";

let folder: string;
const put = (name: string, text: string) => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const hash = (buildArguments: Record<string, string> = {}) => contentHash(folder, listFiles(folder, ["src"]), buildArguments);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-test-content-"));
  put("src/main.ts", "1");
  put("src/deep/other.ts", "2");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("files come sorted, and without tests, documents and what builds make", () => {
  for (const name of ["src/main.test.ts", "src/README.md", "src/dist/a.js", "src/node_modules/a/index.js"]) put(name, "x");
  expect(listFiles(folder, ["src"])).toEqual(["src/deep/other.ts", "src/main.ts"]);
});

test("a changed test changes no image", () => {
  const before = hash();
  put("src/main.test.ts", "changed");
  expect(hash()).toBe(before);
});

test("a changed byte, name, execute bit or build argument changes the image", () => {
  const seen = new Set([hash(), hash({ A: "1" }), hash({ A: "2" })]);
  put("src/main.ts", "changed");
  seen.add(hash());
  put("src/new.ts", "");
  seen.add(hash());
  chmodSync(join(folder, "src/main.ts"), 0o755);
  seen.add(hash());
  expect(seen.size).toBe(6);
});

test("a path that is not there is an error, not an empty image", () => {
  expect(() => listFiles(folder, ["gone"])).toThrow(/gone/);
});
