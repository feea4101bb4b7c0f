import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { missingTestTools } from "./test-tools.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-test-tools-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const missing = (environment: NodeJS.ProcessEnv) => missingTestTools(environment).map((tool) => tool.package);

test("what is nowhere on the path is missing, by the name of its package", () => {
  for (const program of ["git", "openssl", "ps", "python3", "chromium"]) writeFileSync(join(folder, program), "");
  expect(missing({ PATH: ["/nowhere", folder].join(delimiter) })).toEqual(["rsync", "openssh-client"]);
});

test("a browser that is named is not missing", () => {
  expect(missing({ PATH: folder })).toContain("chromium");
  expect(missing({ PATH: folder, CHROMIUM: "/opt/chrome" })).not.toContain("chromium");
});
