import type { IncomingHttpHeaders } from "node:http";

/** What `retry-after` asks for. Shape: seconds, or a date (RFC 9110, 10.2.3). Units: milliseconds. */
export function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

const buckets = ["requests", "tokens", "input-tokens", "output-tokens"] as const;

/** How long until the used-up ones of Anthropic's buckets are filled again, where it says which are. Units: milliseconds. */
export function exhaustedUntil(headers: IncomingHttpHeaders, now: number): number | undefined {
  const waits = buckets
    .filter((bucket) => headers[`anthropic-ratelimit-${bucket}-remaining`] === "0")
    .map((bucket) => Date.parse(String(headers[`anthropic-ratelimit-${bucket}-reset`])) - now)
    .filter((wait) => wait > 0);
  if (headers["anthropic-ratelimit-unified-status"] === "rejected") {
    // Of a user's own cap, in seconds since 1970.
    const wait = Number(headers["anthropic-ratelimit-unified-reset"]) * 1_000 - now;
    if (wait > 0) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}
