import type { AnswerHeaders } from "../outlet.ts";
import type { Standing } from "./ledger.ts";
import { measures, perMinute, type Limits } from "./limits.ts";

const namesOf = (family: string) => ({
  limit: `anthropic-ratelimit-${family}-limit`,
  remaining: `anthropic-ratelimit-${family}-remaining`,
  reset: `anthropic-ratelimit-${family}-reset`,
});
const names = { requests: namesOf("requests"), inputTokens: namesOf("input-tokens"), outputTokens: namesOf("output-tokens") } as const;

/** What a key has left, in the headers that clients of Anthropic know. Units: `now` in milliseconds since 1970. */
export function limitHeaders(limits: Limits, { remaining, resetMs }: Standing, now: number): AnswerHeaders {
  const headers: AnswerHeaders = {};
  const reset = secondAt(now + resetMs);
  for (const measure of measures) {
    const limit = perMinute(limits, measure);
    if (limit === undefined) continue;
    const name = names[measure];
    headers[name.limit] = String(limit);
    headers[name.remaining] = String(remaining[measure]);
    headers[name.reset] = reset;
  }
  return headers;
}

/** All calls of a second are told the same one. */
let latest: { second: number; text: string } = { second: Number.NaN, text: "" };

/** Shape: RFC 3339, without fractions. Units: milliseconds since 1970. */
function secondAt(ms: number): string {
  const second = Math.floor(ms / 1_000);
  if (second !== latest.second) latest = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return latest.text;
}
