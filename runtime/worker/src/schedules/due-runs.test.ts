import { missedPolicies } from "@freehold/kernel/api/schedule";
import { expect, test } from "@jest/globals";
import { nextRun } from "@freehold/kernel/schedules/next-run";
import { parseSchedule } from "@freehold/kernel/schedules/schedule";
import { openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import fc from "fast-check";
import { planDue, type DueInput } from "./due-runs.ts";

const at = (text: string) => Date.parse(`2026-03-10T${text}Z`);
const plan = (text: string, more: Partial<DueInput> & Pick<DueInput, "nextDueAtMs" | "nowMs">) => {
  const found = planDue({ schedule: parseSchedule(text), local: utc, graceMs: 300_000, missed: "once", missedLimit: 3, ...more });
  const shown = (ms: number) => new Date(ms).toISOString().slice(11, 19);
  return {
    fire: found.fire.map(({ dueAtMs, cause }) => `${cause} ${shown(dueAtMs)}`),
    missed: found.missed === null ? null : [shown(found.missed.sinceMs), shown(found.missed.untilMs)],
    next: found.nextDueAtMs === null ? null : new Date(found.nextDueAtMs).toISOString(),
  };
};

test("a time that is due now is on time, and the next one is reckoned from it", () => {
  expect(plan("0 * * * *", { nextDueAtMs: at("10:00:00"), nowMs: at("10:00:00") + 400 })).toEqual({
    fire: ["schedule 10:00:00"],
    missed: null,
    next: "2026-03-10T11:00:00.000Z",
  });
});

test("a time that is late by less than the grace is on time; one second more and it was missed", () => {
  const input = { nextDueAtMs: at("10:00:00"), missed: "skip" as const };
  expect(plan("0 * * * *", { ...input, nowMs: at("10:05:00") }).fire).toEqual(["schedule 10:00:00"]);
  expect(plan("0 * * * *", { ...input, nowMs: at("10:05:01") })).toMatchObject({ fire: [], missed: ["10:00:00", "10:00:00"] });
});

test.each([
  ["skip", [], ["06:00:00", "10:00:00"]],
  ["once", ["catch-up 10:00:00"], ["06:00:00", "09:00:00"]],
  ["all", ["catch-up 08:00:00", "catch-up 09:00:00", "catch-up 10:00:00"], ["06:00:00", "07:00:00"]],
] as const)("after hours of absence the policy %s makes up for what it says", (missed, fire, dropped) => {
  expect(plan("0 * * * *", { nextDueAtMs: at("06:00:00"), nowMs: at("10:30:00"), missed })).toEqual({
    fire,
    missed: dropped,
    next: "2026-03-10T11:00:00.000Z",
  });
});

test("one that is on time does for all that were missed under `once`, and comes after them under `all`", () => {
  const input = { nextDueAtMs: at("08:00:00"), nowMs: at("10:01:00") };
  expect(plan("0 * * * *", { ...input, missed: "once" })).toMatchObject({ fire: ["schedule 10:00:00"], missed: ["08:00:00", "09:00:00"] });
  expect(plan("0 * * * *", { ...input, missed: "all" })).toMatchObject({ fire: ["catch-up 08:00:00", "catch-up 09:00:00", "schedule 10:00:00"], missed: null });
});

test("a hiccup of seconds costs a schedule for every second nothing, half a minute costs all but the newest", () => {
  expect(plan("@every 1s", { nextDueAtMs: at("10:00:00"), nowMs: at("10:00:03") }).fire).toHaveLength(4);
  expect(plan("* * * * * *", { nextDueAtMs: at("10:00:00"), nowMs: at("10:00:03") }).fire).toHaveLength(4);
  expect(plan("@every 1s", { nextDueAtMs: at("10:00:00"), nowMs: at("10:00:30"), missed: "skip" })).toMatchObject({ missed: ["10:00:00", "10:00:24"] });
});

test("years of a schedule for every second are gone through in no time", () => {
  for (const text of ["@every 1s", "* * * * * *"]) {
    const began = performance.now();
    const found = plan(text, { nextDueAtMs: Date.parse("2016-01-01T00:00:00Z"), nowMs: at("10:00:00"), missed: "all" });
    expect(performance.now() - began).toBeLessThan(500);
    expect(found.fire.slice(0, 3)).toEqual(["catch-up 09:59:52", "catch-up 09:59:53", "catch-up 09:59:54"]);
    expect(found.next).toBe("2026-03-10T10:00:01.000Z");
  }
});

test("days of changing clocks: the hour left out has no run, the one that comes twice has two", () => {
  const zurich = openTimeZone("Europe/Zurich") ?? utc;
  const schedule = parseSchedule("30 2 * * *");
  const duesOf = (from: string, to: string) => {
    const nextDueAtMs = nextRun(schedule, Date.parse(from), zurich) ?? 0;
    const { fire } = planDue({ schedule, local: zurich, nextDueAtMs, nowMs: Date.parse(to), graceMs: 60_000, missed: "all", missedLimit: 10 });
    return fire.map(({ dueAtMs }) => new Date(dueAtMs).toISOString());
  };
  expect(duesOf("2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z")).toEqual(["2026-03-28T01:30:00.000Z", "2026-03-30T00:30:00.000Z"]);
  expect(duesOf("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
});

test("a schedule whose last time has come has no next one", () => {
  expect(plan("0 0 29 2 *", { nextDueAtMs: Date.parse("2096-02-29T00:00:00Z"), nowMs: Date.parse("2096-02-29T00:00:01Z") }).next).toBeNull();
});

const texts = ["@every 7s", "@every 1h", "*/5 * * * *", "0 3 * * *", "30 2 * * 0", "15 10 12 * * 1-5"];

test("whenever it looks, no time is done twice, none is done early, and each is done, or counted as missed, or still to come", () => {
  const steps = fc.array(fc.integer({ min: 500, max: 40_000_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.constantFrom(...missedPolicies), fc.constantFrom("UTC", "Europe/Zurich"), steps, (text, missed, zone, waits) => {
      const schedule = parseSchedule(text);
      const local = openTimeZone(zone) ?? utc;
      let nowMs = Date.parse("2026-10-20T00:00:00Z");
      let nextDueAtMs = nextRun(schedule, nowMs, local) ?? 0;
      const done: number[] = [];
      for (const wait of waits) {
        nowMs += wait;
        const before = nextDueAtMs;
        const found = planDue({ schedule, local, nextDueAtMs, nowMs, graceMs: 60_000, missed, missedLimit: 5 });
        for (const { dueAtMs } of found.fire) {
          expect(dueAtMs).toBeLessThanOrEqual(nowMs);
          expect(dueAtMs).toBeGreaterThanOrEqual(before);
          done.push(dueAtMs);
        }
        if (found.missed !== null) expect(found.missed.sinceMs).toBe(before);
        nextDueAtMs = found.nextDueAtMs ?? Number.NaN;
        expect(nextDueAtMs).toBeGreaterThan(nowMs);
        if (before <= nowMs) expect(found.fire.length + (found.missed === null ? 0 : 1)).toBeGreaterThan(0);
      }
      expect(new Set(done).size).toBe(done.length);
      expect(done).toEqual(done.toSorted((one, other) => one - other));
    }),
    { numRuns: 200 },
  );
});
