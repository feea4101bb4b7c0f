import { expect, test } from "@jest/globals";
import { noAmounts } from "./limits.ts";
import { tellsLimits, UpstreamWindow } from "./upstream-window.ts";

const now = Date.UTC(2026, 10, 21, 12);
const one = { ...noAmounts, requests: 1 };
const anthropic = (remaining: number, resetInSeconds: number) => ({
  "anthropic-ratelimit-requests-limit": "50",
  "anthropic-ratelimit-requests-remaining": String(remaining),
  "anthropic-ratelimit-requests-reset": new Date(now + resetInSeconds * 1_000).toISOString(),
});

test("a limit that is used up holds the next call back until one request has come back, evenly", () => {
  const window = new UpstreamWindow();
  window.observe(anthropic(0, 60), now);
  expect(window.waitMs(one, now)).toBe(1_200);
  expect(window.waitMs(one, now + 700)).toBe(500);
  expect(window.waitMs(one, now + 1_200)).toBe(0);
});

test("calls that no answer has told of yet count as used", () => {
  const window = new UpstreamWindow();
  window.observe(anthropic(2, 60), now);
  const leave = window.enter(one);
  window.enter(one);
  expect(window.waitMs(one, now)).toBeGreaterThan(0);
  leave();
  expect(window.waitMs(one, now)).toBe(0);
  window.observe(anthropic(1, 60), now);
  expect(window.waitMs(one, now)).toBe(0);
});

test("after the reset, and for headers that make no sense, nobody is held back", () => {
  const window = new UpstreamWindow();
  window.observe(anthropic(0, 60), now);
  expect(window.waitMs(one, now + 60_000)).toBe(0);
  for (const reset of ["soon", "2026-99-99T00:00:00Z", "-1", "NaN", "1e99s"]) {
    const other = new UpstreamWindow();
    other.observe({ ...anthropic(0, 60), "anthropic-ratelimit-requests-reset": reset }, now);
    expect(other.waitMs(one, now)).toBe(0);
  }
});

test.each([
  ["6m0s", 360_000],
  ["20ms", 20],
  ["1.5s", 1_500],
  ["7", 7_000],
  ["1h2m", 3_720_000],
])("OpenAI's names and durations are understood: %s", (reset, ms) => {
  const window = new UpstreamWindow();
  const headers = { "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset };
  expect(tellsLimits(headers)).toBe(true);
  window.observe(headers, now);
  expect(window.waitMs({ ...noAmounts, inputTokens: 5_000 }, now)).toBe(ms);
});

test("an answer without such headers tells nothing", () => {
  expect(tellsLimits({ "content-type": "application/json", "retry-after": "3" })).toBe(false);
});
