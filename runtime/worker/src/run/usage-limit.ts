import { instantOf, openTimeZone, utc, wallTimeAt, type TimeZone } from "@freehold/kernel/schedules/time-zone";
import type { RateLimit, ResultEvent } from "./stream-events.ts";

/** A limit of the account behind a job, which passes by itself. Units: milliseconds since 1970; null when nobody said when. */
export interface UsageLimit {
  untilMs: number | null;
  said: string;
}

const dayMs = 86_400_000;
/** The longest window of a plan is a week; what lasts longer is a budget. */
const longestMs = 8 * dayMs;

/** What Claude Code says when it is refused for a plan's limit; a spending cap or credits that ran out say otherwise. Source: Claude Code 2.1.329. */
const limitText = /(?:hit|reached) your (?!monthly spend|channel)[\w .-]{0,60}limit|usage limit reached/i;

/** What is known of a run that ended badly. */
export interface Refused {
  result: ResultEvent | null;
  apiErrorType: string | null;
  rateLimit: RateLimit | null;
  plain: readonly string[];
  stderr: readonly string[];
}

/** Whether a run was ended by a usage limit: what Claude Code reports of the refusal counts before what it tells its user. */
export function usageLimitOf({ result, apiErrorType, rateLimit, plain, stderr }: Refused, nowMs: number): UsageLimit | null {
  if (result?.isError === false || apiErrorType === "billing_error") return null;
  const texts = result === null ? [...plain, ...stderr] : [result.text ?? "", ...result.errors];
  const said = texts.find((text) => limitText.test(text));
  const refused = result === null || result.apiErrorStatus === null || result.apiErrorStatus === 429;
  const rejected = refused && rateLimit?.status === "rejected" && !rateLimit.isUsingOverage;
  if (said === undefined && !rejected) return null;
  const untilMs = (rejected ? rateLimit.resetsAtMs : null) ?? (said === undefined ? null : resetTimeOf(said, nowMs));
  if (untilMs !== null && untilMs - nowMs > longestMs) return null;
  return { untilMs, said: said ?? "The usage limit of the account was reached." };
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const resets = /resets (?:at )?(?:([A-Z][a-z]{2}) (\d{1,2})(?:, (\d{4}))?(?:,| at) )?(\d{1,2})(?::(\d{2}))? ?([ap]m)(?: \(([\w+\-/]+)\))?/i;

/** The time in a text such as `… · resets 8pm (America/New_York)` or `…|1795263217`; null when it has none. Units: milliseconds since 1970. */
export function resetTimeOf(text: string, nowMs: number): number | null {
  const seconds = /limit reached\|(\d{9,11})\b/i.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1_000;
  const found = resets.exec(text);
  if (found === null) return null;
  const [, month, day, year, hour, minute = "0", half = "", zoneName] = found;
  const zone = (zoneName === undefined ? undefined : openTimeZone(zoneName)) ?? utc;
  const clock = { hour: (Number(hour) % 12) + (half.toLowerCase() === "pm" ? 12 : 0), minute: Number(minute) };
  if (month === undefined) return nextTimeOfDay(zone, clock, nowMs);
  const today = wallTimeAt(zone, nowMs);
  const date = { month: months.indexOf(month.toLowerCase()) + 1, day: Number(day) };
  const atMs = instantOf(zone, { ...clock, ...date, year: year === undefined ? today.year : Number(year) });
  // A date without a year that lies long ago is one of the next.
  return year === undefined && nowMs - atMs > 180 * dayMs ? instantOf(zone, { ...clock, ...date, year: today.year + 1 }) : atMs;
}

function nextTimeOfDay(zone: TimeZone, clock: { hour: number; minute: number }, nowMs: number): number {
  const { year, month, day } = wallTimeAt(zone, nowMs);
  const todayMs = instantOf(zone, { ...clock, year, month, day });
  // A reset that has just passed is one that the run met, not tomorrow's.
  return todayMs > nowMs - 600_000 ? todayMs : instantOf(zone, { ...clock, year, month, day: day + 1 });
}
