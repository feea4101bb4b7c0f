import type { UsageGroup } from "@freehold/kernel/api/usage";
export const groupings = ["day", "model", "key", "job"] as const;
export type Grouping = (typeof groupings)[number];

/** A span of UTC days, both included. Shape: `2026-11-21`. */
export interface DaySpan {
  from: string;
  to: string;
}

const dayMs = 24 * 60 * 60_000;

/** The UTC day of a time. Shape: `2026-11-21`. Units: milliseconds since 1970. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** How many days a span has, both ends included; zero or less for one that ends before it begins. */
export const lengthOf = ({ from, to }: DaySpan): number => (Date.parse(to) - Date.parse(from)) / dayMs + 1;

/** The span of so many days that ends with a day. */
export const spanUntil = (to: string, days: number): DaySpan => ({ from: dayOf(Date.parse(to) - (days - 1) * dayMs), to });

/** Puts a day without requests wherever the books have none, so that a chart has no holes. */
export function everyDay(found: readonly UsageGroup[], span: DaySpan): UsageGroup[] {
  const known = new Map(found.map((group) => [group.group, group]));
  return Array.from({ length: lengthOf(span) }, (_, index) => {
    const day = dayOf(Date.parse(span.from) + index * dayMs);
    return known.get(day) ?? emptyDay(day);
  });
}

const emptyDay = (day: string): UsageGroup => ({
  group: day,
  name: null,
  provider: null,
  requests: 0,
  failedRequests: 0,
  rehearsalRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
});
