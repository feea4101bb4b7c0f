import { expect, test } from "@jest/globals";
import { retryDelayMs } from "./retry-delay.ts";
import { reasonToStop } from "./watchdog.ts";

const limits = { timeoutMs: 1_000, stallMs: 100, exitGraceMs: 10 };
const at = (nowMs: number, more: object = {}) =>
  reasonToStop({ containerStartedAtMs: 0, lastActivityAtMs: nowMs, lastOutputAtMs: nowMs, hasResult: false, ...more }, limits, nowMs);

test("[W12] a run is left alone until one of its limits is passed", () => {
  expect(at(1_000)).toBeNull();
  expect(at(1_001)).toBe("timeout");
  expect(at(500, { lastActivityAtMs: 400 })).toBeNull();
  expect(at(500, { lastActivityAtMs: 399 })).toBe("stalled");
});

test("[W12] a silent run whose transcript grows does not stall", () => {
  expect(at(500, { lastOutputAtMs: 0, lastActivityAtMs: 450 })).toBeNull();
});

test("[W12] with a result only the time to go away counts", () => {
  expect(at(5_000, { hasResult: true, lastOutputAtMs: 4_990 })).toBeNull();
  expect(at(5_000, { hasResult: true, lastOutputAtMs: 4_989 })).toBe("result-but-alive");
});

test("[W9] the delay doubles up to five minutes, and is short after a lost container", () => {
  expect([1, 2, 3, 9].map((finished) => retryDelayMs(finished, "failed", 5_000))).toEqual([5_000, 10_000, 20_000, 300_000]);
  expect(retryDelayMs(3, "lost", 5_000)).toBe(1_000);
});
