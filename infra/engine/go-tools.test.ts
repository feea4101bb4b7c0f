import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { GO_TOOLS, goCure, goEntry } from "./go-tools.ts";

test.each([
  ["write /tmp/x: no space left on device", "disk is full"],
  ['Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org: no such host', "module proxy cannot be reached"],
  ["compile: signal: killed", "out of memory"],
  ["undefined: x", "install Pulumi yourself"],
])("from Go's words %j comes a cure", (said, cure) => {
  expect(goCure(said)).toContain(cure);
});

test("each tool's modules are pinned with their checksums, and its entry is named after them", () => {
  for (const tool of Object.values(GO_TOOLS)) {
    const sums = readFileSync(join(import.meta.dirname, "go", tool.module, "go.sum"), "utf8");
    expect(sums.split("\n").length).toBeGreaterThan(100);
    expect(goEntry(tool).name).toMatch(new RegExp(`^${tool.binary}-${tool.version}-[0-9a-f]{12}$`));
  }
});
