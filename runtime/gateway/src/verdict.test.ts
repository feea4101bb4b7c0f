import { expect, test } from "@jest/globals";
import { judgeAnswer, judgeFault, namedBetas, type BadAnswer } from "./verdict.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const judge = (answer: Partial<BadAnswer> & { status: number }, isTranslating = false) => judgeAnswer({ headers: {}, ...answer }, isTranslating, now);

test.each([
  [400, "caller", "model"],
  [401, "credential", "key"],
  [402, "billing", "key"],
  [403, "credential", "model"],
  [404, "unable", "model"],
  [405, "unable", "model"],
  [408, "down", "model"],
  [409, "caller", "model"],
  [413, "caller", "model"],
  [422, "caller", "model"],
  [429, "busy", "model"],
  [500, "down", "model"],
  [501, "unable", "model"],
  [502, "down", "model"],
  [503, "down", "model"],
  [504, "down", "model"],
  [520, "down", "model"],
  [529, "down", "model"],
])("a %i is %s, of the %s", (status, kind, scope) => {
  expect(judge({ status })).toMatchObject({ kind, scope });
});

test.each([
  ["seconds", { "retry-after": "7" }, 7_000],
  ["parts of seconds", { "retry-after": "0.5" }, 500],
  ["a date", { "retry-after": "Sat, 21 Nov 2026 12:01:00 GMT" }, 60_000],
  ["a date that has passed", { "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
  ["nonsense", { "retry-after": "soon" }, undefined],
  ["a used-up bucket", { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:30Z" }, 30_000],
  ["a bucket that is not used up", { "anthropic-ratelimit-tokens-remaining": "9", "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:30Z" }, undefined],
  [
    "two used-up buckets",
    {
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:10Z",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:20Z",
    },
    20_000,
  ],
  ["a user's cap", { "anthropic-ratelimit-unified-status": "rejected", "anthropic-ratelimit-unified-reset": String(now / 1_000 + 90) }, 90_000],
])("a limit that tells its end by %s is kept to", (_name, headers, waitMs) => {
  expect(judge({ status: 429, headers })).toMatchObject({ kind: "busy", scope: "model", waitMs, isHard: waitMs !== undefined });
});

test("money is no limit that passes: a spend limit at 429, an empty balance at 400", () => {
  expect(judge({ status: 429, code: "enforced_spend_limit_reached" })).toMatchObject({ kind: "billing", scope: "key", isHard: true });
  expect(judge({ status: 400, message: "Your credit balance is too low to access the Anthropic API." })).toMatchObject({ kind: "billing", scope: "key" });
});

test("a translating provider's 400 may speak of what it can't do: another one is asked", () => {
  expect([judge({ status: 400 }, true).kind, judge({ status: 413 }, true).kind, judge({ status: 422 }, true).kind]).toEqual(["unable", "unable", "caller"]);
});

test.each([
  ["Unexpected value(s) `a-2026-01-01`, `b.c-2` for the `anthropic-beta` header. Please consult our documentation", ["a-2026-01-01", "b.c-2"]],
  ["Unexpected value(s) one for the anthropic-beta header", ["one"]],
  ["messages: at least one message is required", []],
])("the beta values that a 400 names are found: %s", (message, betas) => {
  expect(namedBetas(message)).toEqual(betas);
  expect(judge({ status: 400, message }).kind).toBe(betas.length > 0 ? "betas" : "caller");
});

test.each([
  ["ECONNREFUSED", "down", "provider"],
  ["ENOTFOUND", "down", "provider"],
  ["UND_ERR_CONNECT_TIMEOUT", "down", "provider"],
  ["CERT_HAS_EXPIRED", "down", "provider"],
  ["ECONNRESET", "down", "model"],
  ["UND_ERR_SOCKET", "down", "model"],
  ["UND_ERR_HEADERS_TIMEOUT", "down", "model"],
  ["UND_ERR_INVALID_ARG", "caller", "model"],
])("a connection that fails with %s is %s, of the %s", (code, kind, scope) => {
  expect(judgeFault(Object.assign(new Error("x"), { code }))).toMatchObject({ kind, scope });
});
