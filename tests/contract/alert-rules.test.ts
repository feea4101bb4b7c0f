import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { buildPromtool, runPromtool } from "../support/promtool.ts";

const folder = join(import.meta.dirname, "../../runtime/metrics/rules");
const readText = (name: string) => readFileSync(join(folder, name), "utf8");
const ruleFiles = readdirSync(folder).filter((name) => name.endsWith(".yml") && !name.endsWith(".test.yml"));

interface RuleFile {
  groups: { rules: { alert: string; expr: string; labels: { severity: string } }[] }[];
}
const rulesOf = (name: string) => (parse(readText(name)) as RuleFile).groups.flatMap((group) => group.rules);

let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "freehold-rules-"));
  chmodSync(scratch, 0o755);
  await buildPromtool();
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("Prometheus takes every file of rules, and each does what its tests say", async () => {
  expect(ruleFiles).toContain("gateway.yml");
  expect(await runPromtool(folder, `promtool check rules --lint-fatal ${ruleFiles.join(" ")}`)).toMatchObject({ code: 0 });
  const tests = ruleFiles.map((name) => name.replace(".yml", ".test.yml"));
  expect(await runPromtool(folder, `promtool test rules ${tests.join(" ")}`)).toMatchObject({ code: 0, text: expect.stringContaining("SUCCESS") });
}, 60_000);

test.each([
  ["never fires", "vector(0) > 1"],
  ["always fires", "vector(1)"],
])(
  "the tests of the rules notice each alert that %s",
  async (_how, expr) => {
    for (const name of ruleFiles) {
      const broken = readText(name).replaceAll(/^( +expr: )(?:[^|\n].*|\|\n(?: {10,}.*\n)+)/gm, `$1${expr}\n`);
      writeFileSync(join(scratch, name), broken);
      const tests = name.replace(".yml", ".test.yml");
      writeFileSync(join(scratch, tests), readText(tests));
      const { text } = await runPromtool(scratch, `promtool test rules ${tests}`);
      const noticed = new Set([...text.matchAll(/alertname: (\w+)/g)].map(([, alert]) => alert));
      expect(rulesOf(name).filter(({ alert }) => !noticed.has(alert))).toEqual([]);
    }
  },
  120_000,
);

test("every metric that a rule of the gateway reads is one that it gives out", () => {
  const readme = readFileSync(join(folder, "../../gateway/README.md"), "utf8");
  const given = new Set([...readme.matchAll(/^\| `(gateway_\w+)` \|/gm)].map(([, name]) => name));
  const read = rulesOf("gateway.yml").flatMap(({ expr }) => expr.match(/gateway_\w+/g) ?? []);
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((name) => !given.has(name.replace(/_(?:bucket|count|sum)$/, "")))).toEqual([]);
});

test("every alert has one of three severities", () => {
  for (const name of ruleFiles)
    for (const { alert, labels } of rulesOf(name)) expect([alert, ["critical", "warning", "info"].includes(labels.severity)]).toEqual([alert, true]);
});
