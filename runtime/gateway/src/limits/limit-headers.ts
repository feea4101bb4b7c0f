import type { AnswerHeaders } from "../outlet.ts";
import type { Standing } from "./ledger.ts";
import { measures, perMinute, type Limits } from "./limits.ts";

const families = { requests: "requests", inputTokens: "input-tokens", outputTokens: "output-tokens" } as const;

/** What a key has left, in the headers that clients of Anthropic know. Units: `now` in milliseconds since 1970. */
export function limitHeaders(limits: Limits, { remaining, resetMs }: Standing, now: number): AnswerHeaders {
  const headers: AnswerHeaders = {};
  for (const measure of measures) {
    const limit = perMinute(limits, measure);
    if (limit === undefined) continue;
    const family = `anthropic-ratelimit-${families[measure]}`;
    headers[`${family}-limit`] = String(limit);
    headers[`${family}-remaining`] = String(remaining[measure]);
    headers[`${family}-reset`] = `${new Date(now + resetMs).toISOString().slice(0, 19)}Z`;
  }
  return headers;
}
