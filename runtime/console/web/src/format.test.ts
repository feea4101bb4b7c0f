import { expect, test } from "@jest/globals";
import { countOf, formatAgo, formatBytes, formatClock, formatCompact, formatCost, formatDay, formatDuration, formatMoment } from "./format.ts";

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

test("what is to come is told from now, too", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const ahead = (ms: number) => formatAgo(new Date(now + ms).toISOString(), now);
  expect([44_000, 60_000, 2 * 3_600_000, 86_400_000, 5 * 86_400_000].map(ahead)).toEqual(["just now", "in 1 minute", "in 2 hours", "tomorrow", "in 5 days"]);
});

test("moments are the reader's own: noon and midnight are twelve", () => {
  const at = (hours: number) => new Date(2026, 1, 8, hours, 4, 9).toISOString();
  expect([0, 9, 12, 23].map((hours) => formatMoment(at(hours)))).toEqual([
    "Feb 8, 2026, 12:04:09 AM",
    "Feb 8, 2026, 9:04:09 AM",
    "Feb 8, 2026, 12:04:09 PM",
    "Feb 8, 2026, 11:04:09 PM",
  ]);
  const now = new Date(2026, 1, 7, 23, 59).getTime();
  expect([formatClock(at(20), now + 60_000), formatClock(at(20), now), formatClock(at(20), now - 86_400_000)]).toEqual([
    "8:04 PM",
    "tomorrow 8:04 PM",
    "Feb 8 8:04 PM",
  ]);
  expect(formatDay("2026-02-08")).toBe("Feb 8");
});

test("large counts are told in short, and are as the platform would tell them", () => {
  const counts = [0, 12.3, 840, 999.9, 1_000, 12_345, 999_949, 999_950, 4_000_000, 1_234_567_890];
  expect(counts.map(formatCompact)).toEqual(["0", "12.3", "840", "999.9", "1K", "12.3K", "999.9K", "1M", "4M", "1.2B"]);
  const platform = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  expect(counts.map(formatCompact)).toEqual(counts.map((count) => platform.format(count)));
});

test("one is singular", () => {
  expect([countOf(1, "line"), countOf(0, "line"), countOf(12_345, "line")]).toEqual(["1 line", "0 lines", "12,345 lines"]);
});
