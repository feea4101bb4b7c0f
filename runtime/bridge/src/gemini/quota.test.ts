import { describe, expect, test } from "@jest/globals";
import { quotaExhausted } from "../testing/google-refusal.ts";
import { nextPacificMidnight, readQuota } from "./quota.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const perMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
const perDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
const perMinuteTokens = "GenerateContentInputTokensPerModelPerMinute-FreeTier";
const exhausted = (quotaIds: string[], { limit = "5", retryDelay = "46s" } = {}) =>
  readQuota(quotaExhausted({ quotaIds, limit, model: "gemini-3.8-flash", retryDelay }).body.error, now);
const untilMidnight = 20 * 3_600_000;

describe("a 429 of Google's", () => {
  test.each([
    ["a minute's requests", exhausted([perMinute]), { kind: "minute", waitMs: 46_000 }],
    ["a minute's tokens", exhausted([perMinuteTokens], { retryDelay: "38.9s" }), { kind: "minute", waitMs: 38_900 }],
    ["a delay that would make clients give up", exhausted([perMinute], { retryDelay: "3600s" }), { kind: "minute", waitMs: 60_000 }],
    ["a delay of nothing", exhausted([perMinute], { retryDelay: "0s" }), { kind: "minute", waitMs: 1_000 }],
    ["a day's requests, whatever the delay says", exhausted([perMinute, perDay]), { kind: "day", waitMs: untilMidnight }],
    ["a tier without the model", exhausted([perDay], { limit: "0" }), { kind: "model-off", waitMs: undefined }],
    ["no details at all", readQuota({ message: "Resource has been exhausted (e.g. check quota)." }, now), { kind: "unknown", waitMs: 30_000 }],
    ["a delay in words alone", readQuota({ message: "Please retry in 11.665902715s." }, now), { kind: "unknown", waitMs: 11_666 }],
    ["a spending cap", readQuota({ message: "Your project has exceeded its monthly spending cap." }, now), { kind: "spend", waitMs: undefined }],
    ["spent credits", readQuota({ message: "Your prepayment credits are depleted." }, now), { kind: "spend", waitMs: undefined }],
    ["nothing", readQuota({}, now), { kind: "unknown", waitMs: 30_000 }],
  ])("that tells of %s", (_what, quota, expected) => {
    expect(quota).toEqual(expected);
  });
});

test.each([
  ["in winter", "2026-11-21T12:00:00Z", "2026-11-22T08:00:00.000Z"],
  ["in summer", "2026-07-01T12:00:00.5Z", "2026-07-02T07:00:00.000Z"],
  ["a moment before", "2026-11-22T07:59:59.999Z", "2026-11-22T08:00:00.000Z"],
  ["at midnight itself", "2026-11-22T08:00:00Z", "2026-11-23T08:00:00.000Z"],
  ["on the day of 23 hours", "2026-03-08T09:00:00Z", "2026-03-09T07:00:00.000Z"],
  ["on the day of 25 hours", "2026-11-01T07:30:00Z", "2026-11-02T08:00:00.000Z"],
])("the day's quota begins anew at midnight in California, asked %s", (_when, from, midnight) => {
  expect(new Date(nextPacificMidnight(Date.parse(from))).toISOString()).toBe(midnight);
});
