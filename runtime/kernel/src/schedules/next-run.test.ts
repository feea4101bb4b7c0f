import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextRun, nextRuns } from "./next-run.ts";
import { parseSchedule } from "./schedule.ts";
import { formatInZone, openTimeZone, utc, type TimeZone } from "./time-zone.ts";

const zone = (name: string) => openTimeZone(name) as TimeZone;
const runs = (text: string, from: string, { local = utc, count = 3 } = {}) => {
  const schedule = parseSchedule(text);
  const shownIn = (schedule.kind === "calendar" ? schedule.zone : null) ?? local;
  return nextRuns(schedule, Date.parse(from), { local, count }).map((atMs) => formatInZone(shownIn, atMs));
};

test.each([
  ["TZ=America/Santiago @daily", "2026-09-04T12:00:00Z", ["2026-09-05T00:00:00-04:00", "2026-09-07T00:00:00-03:00", "2026-09-08T00:00:00-03:00"]],
  ["TZ=America/New_York 30 2 * * *", "2026-03-07T00:00:00Z", ["2026-03-07T02:30:00-05:00", "2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00"]],
  ["TZ=America/New_York 30 1 * * *", "2026-11-01T00:00:00Z", ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"]],
  ["TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-03T00:00:00Z", ["2026-10-05T02:15:00+11:00", "2026-10-06T02:15:00+11:00", "2026-10-07T02:15:00+11:00"]],
  ["TZ=Australia/Lord_Howe 45 1 * * *", "2026-04-03T20:00:00Z", ["2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30", "2026-04-06T01:45:00+10:30"]],
  ["TZ=Asia/Kathmandu 0 0 1 * *", "2026-01-15T00:00:00Z", ["2026-02-01T00:00:00+05:45", "2026-03-01T00:00:00+05:45", "2026-04-01T00:00:00+05:45"]],
])("%s after %s", (text, from, expected) => {
  expect(runs(text, from)).toEqual(expected);
});

test("a day that a zone left out ends no search", () => {
  expect(runs("TZ=Pacific/Apia 0 3 * * *", "2011-12-29T00:00:00Z", { count: 2 })).toEqual(["2011-12-29T03:00:00-10:00", "2011-12-31T03:00:00+14:00"]);
});

test("a schedule without a zone is in the scheduler's", () => {
  expect(runs("0 9 * * *", "2026-07-01T00:00:00Z", { local: zone("Europe/Zurich"), count: 1 })).toEqual(["2026-07-01T09:00:00+02:00"]);
  expect(runs("TZ=Local 0 9 * * *", "2026-07-01T00:00:00Z", { local: zone("Europe/Zurich"), count: 1 })).toEqual(["2026-07-01T09:00:00+02:00"]);
});

test("days that never come are not looked for without end", () => {
  expect(runs("0 0 31 2,4,6 *", "2026-01-01T00:00:00Z")).toEqual([]);
  expect(runs(", * * * * *", "2026-01-01T00:00:00Z")).toEqual([]);
  expect(runs("0 0 29 2 *", "2096-03-01T00:00:00Z")).toEqual([]);
});

const zones = ["UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "Pacific/Chatham"].map(zone);
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min, max }).map(String),
    fc.tuple(fc.constantFrom("*", String(min)), fc.integer({ min: 2, max: 9 })).map(([from, step]) => `${from}/${step}`),
  );
const anySchedule = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).map((fields) => fields.join(" "));
const anyTime = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2034, 0, 1) });

test("a run comes after the time asked for, and no time between the two has another", () => {
  fc.assert(
    fc.property(anySchedule, anyTime, fc.constantFrom(...zones), fc.double({ min: 0, max: 1, noNaN: true }), (text, afterMs, local, part) => {
      const schedule = parseSchedule(text);
      const due = nextRun(schedule, afterMs, local);
      if (due === undefined) return;
      expect(due).toBeGreaterThan(afterMs);
      const between = Math.floor(afterMs + (due - 1 - afterMs) * part);
      const again = nextRun(schedule, between, local);
      expect(again).toBe(due);
    }),
    { numRuns: 300 },
  );
});
