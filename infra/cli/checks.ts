import { join } from "node:path";
import type { Toolchain } from "../setup/index.ts";
import { Failure } from "./failure.ts";
import { run, runAttached } from "./run.ts";

const root = join(import.meta.dirname, "../..");
const node = process.execPath;
const bin = (path: string) => join(root, "node_modules", path);

interface Check {
  name: string;
  argv: string[];
  cure: string;
}

const checks: readonly Check[] = [
  { name: "types", argv: [bin("@typescript/native/bin/tsc"), "--project", "tsconfig.json"], cure: "Mend the types." },
  { name: "types of the web UI", argv: [bin("@typescript/native/bin/tsc"), "--project", "runtime/console/web"], cure: "Mend the types." },
  { name: "lint", argv: [bin("oxlint/bin/oxlint"), "--type-aware", "--deny-warnings"], cure: "Mend what it names." },
  { name: "format", argv: [bin("oxfmt/bin/oxfmt"), "--check"], cure: "Run: npx oxfmt" },
  {
    name: "boundaries",
    argv: [bin("dependency-cruiser/bin/dependency-cruiser.mjs"), "--config", ".dependency-cruiser.js", "infra", "policies", "runtime", "tests", "bench"],
    cure: "See who may import whom in .dependency-cruiser.js.",
  },
  { name: "unused", argv: [bin("knip/bin/knip.js")], cure: "Remove what nothing uses." },
];

/** `npm run check`: all checks, each to its end, so that one run shows everything. Throws: Failure. */
export async function runChecks(): Promise<void> {
  const failed: Check[] = [];
  for (const check of checks) {
    const began = Date.now();
    const { code, stdout, stderr } = await run(node, check.argv, { cwd: root });
    console.log(`${code === 0 ? "ok  " : "BAD "} ${check.name} (${((Date.now() - began) / 1_000).toFixed(1)} s)`);
    if (code === 0) continue;
    console.log(`${stdout}${stderr}`);
    failed.push(check);
  }
  if (failed.length > 0)
    throw new Failure(`Failed: ${failed.map(({ name }) => name).join(", ")}.`, failed.map(({ name, cure }) => `${name}: ${cure}`).join(" "));
}

/** `npm test`: the checks, then Jest, with the tools of the set-up on the path. */
export async function runTests(argv: string[], toolchain: Toolchain): Promise<void> {
  if (argv.length === 0) await runChecks();
  const env = { ...process.env, ...toolchain.env, NODE_OPTIONS: "--experimental-vm-modules --no-warnings" };
  // Suites share two cores and one Docker engine: one after another is faster than all at once.
  const code = await runAttached(node, [bin("jest/bin/jest.js"), "--runInBand", ...argv], { cwd: root, env });
  if (code !== 0) throw new Failure("Some tests failed; Jest names them above.", "Run one again: npm test -- <path>");
}
