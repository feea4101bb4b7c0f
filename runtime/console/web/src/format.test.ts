import { expect, test } from "@jest/globals";
import { countOf, formatAgo, formatBytes, formatCost, formatDuration } from "./format.ts";

test("durations read as a person says them", () => {
  expect([-5, 0, 840, 1_500, 9_949, 12_400, 59_700, 184_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual([
    "0 ms",
    "0 ms",
    "840 ms",
    "1.5 s",
    "9.9 s",
    "12 s",
    "1 m 00 s",
    "3 m 04 s",
    "2 h 05 m",
    "3 d 4 h",
  ]);
});

test("costs keep the digits that matter, and an unknown cost isn't zero", () => {
  expect([null, 0, 0.00003, 0.0042, 0.09, 1.274, 120].map(formatCost)).toEqual(["–", "$0", "<$0.0001", "$0.0042", "$0.0900", "$1.27", "$120.00"]);
});

test("sizes take the unit that fits", () => {
  expect([0, 999, 1_000, 1_540, 99_600, 999_600, 5_000_000_000].map(formatBytes)).toEqual(["0 B", "999 B", "1.0 kB", "1.5 kB", "100 kB", "1.0 MB", "5.0 GB"]);
});

test("the past is told from now", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const ago = (ms: number) => formatAgo(new Date(now - ms).toISOString(), now);
  expect([1_000, 120_000, 3 * 3_600_000, 86_400_000, 90 * 86_400_000].map(ago)).toEqual([
    "just now",
    "2 minutes ago",
    "3 hours ago",
    "yesterday",
    "Aug 23, 2026",
  ]);
});

test("one is singular", () => {
  expect([countOf(1, "line"), countOf(0, "line"), countOf(12_345, "line")]).toEqual(["1 line", "0 lines", "12,345 lines"]);
});
