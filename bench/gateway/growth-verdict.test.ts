import { expect, test } from "@jest/globals";
import { judgeGrowth, renderGrowth, type GrowthSample } from "./growth-verdict.ts";

const samplesOf = (rssAt: (minute: number) => number, more: (minute: number) => Partial<GrowthSample> = () => ({})): GrowthSample[] =>
  Array.from({ length: 61 }, (_none, minute) => ({ seconds: minute * 60, requests: minute, rssMb: rssAt(minute), heapMb: 50, sockets: 40, ...more(minute) }));

test("memory that fills up at first and then swings does not grow", () => {
  const verdict = judgeGrowth(samplesOf((minute) => Math.min(100, 60 + minute * 4) + (minute % 3) * 5));
  expect([verdict.grows, Math.abs(verdict.rssPerHour) < 1]).toEqual([false, true]);
});

test("memory that goes up all the time grows, and a single peak is no growth", () => {
  expect(judgeGrowth(samplesOf((minute) => 80 + minute / 2))).toMatchObject({ grows: true, rssPerHour: 30, rssAdded: 20 });
  expect(judgeGrowth(samplesOf((minute) => (minute === 55 ? 400 : 80))).grows).toBe(false);
});

test("sockets that stay open are growth", () => {
  expect(
    judgeGrowth(
      samplesOf(
        () => 80,
        (minute) => ({ sockets: 40 + minute }),
      ),
    ),
  ).toMatchObject({ grows: true, socketsAdded: 40 });
});

test("a short run tells nothing, and its page says so", () => {
  const samples = samplesOf(() => 80).slice(0, 6);
  const verdict = judgeGrowth(samples);
  expect(verdict.grows).toBeUndefined();
  expect(renderGrowth({ at: "2026-11-21T00:00:00Z", minutes: 5, version: "commit 1", errors: 0, samples, verdict })).toContain("too short to tell");
});
