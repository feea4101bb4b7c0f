import { expect, test } from "@jest/globals";
import { StreamEvents } from "./stream-events.ts";
import { resetTimeOf, usageLimitOf } from "./usage-limit.ts";

const at = (text: string) => Date.parse(text);
const now = at("2026-11-21T18:00:00Z");
const iso = (ms: number | null | undefined) => (ms === null || ms === undefined ? ms : new Date(ms).toISOString().slice(0, 16));
const limitOf = (...lines: (object | string)[]) => {
  const events = new StreamEvents();
  for (const line of lines) events.push(Buffer.from(`${typeof line === "string" ? line : JSON.stringify(line)}\n`));
  return usageLimitOf(events, now);
};
const refusal = (text: string, status: number | null = 429) => ({ type: "result", subtype: "success", is_error: true, api_error_status: status, result: text });
const info = (more: object = {}) => ({ status: "rejected", resetsAt: now / 1_000 + 7_200, rateLimitType: "five_hour", isUsingOverage: false, ...more });

test.each([
  ["You've hit your session limit · resets 8pm (America/New_York)", "2026-11-22T01:00"],
  ["You've hit your session limit · resets 8:30pm (Europe/Zurich)", "2026-11-21T19:30"],
  ["You've hit your session limit · resets 11am (Europe/Zurich)", "2026-11-22T10:00"],
  ["You've hit your weekly limit · resets Nov 24, 3pm (Europe/Zurich)", "2026-11-24T14:00"],
  ["You've hit your weekly limit · resets Nov 24 at 12am (UTC)", "2026-11-24T00:00"],
  ["You've hit your weekly limit · resets Nov 24, 2026, 12pm (UTC)", "2026-11-24T12:00"],
  ["You've hit your limit · resets 7pm", "2026-11-21T19:00"],
  ["You've hit your limit · resets 7pm (Nowhere/Land)", "2026-11-21T19:00"],
  ["You've hit your session limit · resets 5:55pm (UTC)", "2026-11-21T17:55"],
  [`Claude AI usage limit reached|${at("2026-11-21T23:00:00Z") / 1_000}`, "2026-11-21T23:00"],
  ["You've hit your session limit", null],
])("[W25] the end of the limit in %j is %s", (text, expected) => {
  expect(iso(resetTimeOf(text, now))).toBe(expected);
  expect(iso(limitOf(refusal(text))?.untilMs)).toBe(expected);
});

test("[W25] a date early in January, said in December, is one of the next year", () => {
  expect(iso(resetTimeOf("resets Jan 2, 3pm (UTC)", at("2026-12-31T12:00:00Z")))).toBe("2027-01-02T15:00");
});

test("[W25] what Claude Code passes on of the refusal counts before the text, wherever it says it", () => {
  const text = refusal("You've hit your session limit · resets 11pm (UTC)");
  expect(iso(limitOf({ type: "rate_limit_event", rate_limit_info: info() }, text)?.untilMs)).toBe("2026-11-21T20:00");
  const apiError = { type: "assistant", is_api_error_message: true, api_error_params: { rate_limit_info: info({ resetsAt: now / 1_000 + 3_600 }) } };
  expect(iso(limitOf(apiError, refusal("Refused", null))?.untilMs)).toBe("2026-11-21T19:00");
});

test("[W25] the plain words of a run that ended without a result count too, on either stream", () => {
  expect(iso(limitOf("You've hit your session limit · resets 8pm (UTC)")?.untilMs)).toBe("2026-11-21T20:00");
  expect(iso(limitOf({ type: "freehold", subtype: "stderr", text: "You've reached your weekly limit · resets 8pm (UTC)" })?.untilMs)).toBe("2026-11-21T20:00");
});

test.each([
  [
    "a success after a warning",
    [
      { type: "rate_limit_event", rate_limit_info: info() },
      { ...refusal("fine"), is_error: false },
    ],
  ],
  [
    "a limit that was allowed again",
    [{ type: "rate_limit_event", rate_limit_info: info() }, { type: "rate_limit_event", rate_limit_info: info({ status: "allowed" }) }, refusal("x")],
  ],
  ["another error after a limit", [{ type: "rate_limit_event", rate_limit_info: info() }, refusal("API Error: 500", 500)]],
  ["a plan that pays for more", [{ type: "rate_limit_event", rate_limit_info: info({ isUsingOverage: true }) }, refusal("x")]],
  ["a spending cap", [refusal("You've hit your monthly spend limit.")]],
  [
    "a budget of the gateway's",
    [{ type: "assistant", is_api_error_message: true, api_error_type: "billing_error", api_error_params: { rate_limit_info: info() } }, refusal("used up")],
  ],
  ["a limit of more than a week", [{ type: "rate_limit_event", rate_limit_info: info({ resetsAt: now / 1_000 + 9 * 86_400 }) }, refusal("x")]],
  ["a plain 429", [refusal("API Error: 429 Too many requests")]],
  ["text of a job that speaks of limits, before a crash", [{ type: "assistant", message: { content: "You've hit your session limit · resets 8pm" } }]],
] as const)("[W25] %s is no usage limit", (_name, lines) => {
  expect(limitOf(...lines)).toBeNull();
});
