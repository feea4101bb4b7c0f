import { expect, test } from "@jest/globals";
import { judge, longestGap, longestPause, percentile, type Contender, type Figures } from "./figures.ts";
import { page } from "./report.ts";
import { differences } from "./tree.ts";

const work = { seconds: 9, bytes: 2e9, objects: 130 };
const contender = (name: Contender["name"]): Contender => ({
  name,
  first: work,
  changed: work,
  day: { bytes: 3e8, objects: 96, runs: 24 },
  underLoad: { whole: true, apart: 0 },
  restore: { seconds: 50, different: 0 },
});
const held = (containerMs: number) => ({ containerMs, writerMs: containerMs + 20, leaseMs: containerMs, tookMs: 5_000 });
const figures: Figures = {
  date: "2026-11-22",
  parts: ["pause", "day", "restore"],
  machine: "a machine",
  load: { before: 1, after: 2 },
  size: { mb: 2_000, files: 20_000 },
  rows: 20,
  held: Array.from({ length: 25 }, (_, n) => held(100 + n)),
  idle: { seconds: 20, longestMs: 45 },
  contenders: [contender("Freehold"), contender("restic, live"), contender("tar + gzip, live")],
  dayRequests: 300,
  bootMs: 12_000,
  firstBootMs: 13_000,
};
const own = (change: Partial<Contender>): Figures => ({ ...figures, contenders: [{ ...contender("Freehold"), ...change }, contender("restic, live")] });
const missed = (of: Figures) => judge(of).filter(({ met }) => !met).length;

test("a run in which everything is within its limit meets every goal", () => {
  expect(judge(figures)).toHaveLength(9);
  expect(missed(figures)).toBe(0);
  expect(page(figures)).not.toContain("**missed**");
});

test.each<[string, Figures, number]>([
  ["too few backups to know", { ...figures, held: figures.held.slice(0, 19) }, 4],
  ["a pause that is usually too long", { ...figures, held: figures.held.map(() => held(240)) }, 1],
  ["one pause that is much too long", { ...figures, held: [...figures.held.slice(1), held(1_001)] }, 2],
  ["a small home", { ...figures, size: { mb: 200, files: 2_000 } }, 1],
  ["a slow backup", own({ changed: { ...work, seconds: 10.1 } }), 1],
  ["a slow restore", own({ restore: { seconds: 60.1, different: 0 } }), 1],
  ["one entry that differs", own({ restore: { seconds: 1, different: 1 } }), 1],
  ["a tenant that does not boot", { ...figures, bootMs: undefined }, 1],
  ["what was not measured", { ...figures, contenders: [] }, 3],
])("%s misses its goals", (_what, of, count) => {
  expect(missed(of)).toBe(count);
  expect(page(of)).toContain("**missed**");
});

test("what was not asked for is neither judged nor shown", () => {
  const only: Figures = {
    ...figures,
    parts: ["restore"],
    held: [],
    idle: undefined,
    contenders: [{ name: "Freehold", restore: { seconds: 5, different: 0 } }],
  };
  expect(judge(only).map(({ goal }) => goal)).toEqual([
    expect.stringContaining("size"),
    expect.stringContaining("a restore"),
    expect.stringContaining("equal"),
    expect.stringContaining("boots"),
  ]);
  expect(page(only)).not.toMatch(/The pause|undefined|NaN/);
});

test("a percentile is a value that was measured", () => {
  expect([percentile([3, 1, 2], 0.5), percentile([1, 2, 3, 4], 0.99), percentile([7], 0.5)]).toEqual([2, 4, 7]);
});

test("gaps and pauses count for the backup in whose time they lie, and a backup without a pause was not measured", () => {
  const gaps = [
    { at: 900, gapMs: 500 },
    { at: 1_050, gapMs: 80 },
    { at: 2_200, gapMs: 250 },
    { at: 2_500, gapMs: 300 },
  ];
  expect(longestGap(gaps, 1_000, 2_000)).toBe(250);
  expect(longestGap([], 0, 1)).toBe(0);
  expect(longestPause([{ from: 1_100, until: 1_300 }], 1_000, 2_000)).toBe(200);
  expect(() => longestPause([{ from: 100, until: 300 }], 1_000, 2_000)).toThrow(/held it still at no moment/);
});

test("what is missing, new or otherwise is told", () => {
  const [expected, found] = [new Map(Object.entries({ a: "1", b: "2", c: "3" })), new Map(Object.entries({ a: "1", b: "x", d: "4" }))];
  expect(differences(expected, found)).toEqual(["b", "c", "d"]);
});
