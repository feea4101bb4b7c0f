import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { packConfig } from "./config.ts";
import * as fixtures from "./fixtures.ts";
import { policies } from "./index.ts";
import { limits, quote, type Limit } from "./limits.ts";

const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
const byText = (left = "", right = "") => left.localeCompare(right);
const home = Object.entries(fixtures).flatMap(([name, make]) => (name.startsWith("good") ? [(make as () => fixtures.Resource)()] : []));

test.each(policies.map((policy) => [policy.name, policy] as const))("%s accepts a good home", (_name, policy) => {
  expect(fixtures.judge(policy, home, { homeRegion: fixtures.homeRegion })).toEqual([]);
});

test("every policy is mandatory, has a name of its own, and says what it checks", () => {
  expect(new Set(policies.map(({ name }) => name)).size).toBe(policies.length);
  for (const { name, description, enforcementLevel } of policies) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(description).toMatch(/^Checks whether .+\.$/);
    // What mends an omission still refuses what was said wrongly.
    expect(["mandatory", "remediate"]).toContain(enforcementLevel);
  }
});

test("every policy that the modules export runs in the pack", async () => {
  const modules = ["account", "compute", "container-limits", "containers", "free-types", "google-storage", "names", "network", "secrets", "storage"];
  const exported = await Promise.all(modules.map((name) => import(`./${name}.ts`) as Promise<Record<string, unknown>>));
  expect(new Set(exported.flatMap((module) => Object.values(module)))).toEqual(new Set(policies));
});

test("the README lists every policy, and no other", () => {
  const listed = [...readme.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name);
  expect(listed.toSorted(byText)).toEqual(policies.map(({ name }) => name).toSorted(byText));
});

test("a place's configuration names only policies and settings that there are", () => {
  const config = packConfig({ place: "oracle", profile: "payg", acceptPaygCost: true });
  for (const [name, settings] of Object.entries(config)) {
    const policy = policies.find((candidate) => candidate.name === name);
    expect(Object.keys(policy?.configSchema?.properties ?? {})).toEqual(Object.keys(settings));
  }
  expect(packConfig({ place: "oracle" })["home-memory"]).toEqual({ homeMemoryMb: 10_752 });
  expect(packConfig({ place: "local", memoryMb: 4_096 })["home-memory"]).toEqual({ homeMemoryMb: 4_096 });
});

function allLimits(node: object): Limit<unknown>[] {
  return "source" in node ? [node as Limit<unknown>] : Object.values(node).flatMap((child: object) => allLimits(child));
}

test("every limit has a unit, a source and a day, and can be read", () => {
  expect(allLimits(limits).length).toBeGreaterThan(30);
  for (const limit of allLimits(limits)) {
    expect(limit.unit).not.toBe("");
    expect(limit.source).not.toBe("");
    expect(limit.date).toMatch(/^2026-\d\d-\d\d$/);
    expect(quote(limit)).toContain(limit.source);
  }
});
