import type { UsageGroup } from "@freehold/kernel/api/usage";
import { countOf, formatCompact, formatCost } from "../../format.ts";

export const measures = [
  { name: "cost", label: "Cost" },
  { name: "tokens", label: "Tokens" },
  { name: "requests", label: "Requests" },
] as const;
export type Measure = (typeof measures)[number]["name"];

type Sums = Omit<UsageGroup, "group" | "name" | "provider">;

/** All groups together. */
export function totalOf(groups: readonly UsageGroup[]): Sums {
  const sum = (field: keyof Sums) => groups.reduce((total, group) => total + group[field], 0);
  return {
    requests: sum("requests"),
    failedRequests: sum("failedRequests"),
    rehearsalRequests: sum("rehearsalRequests"),
    unpricedRequests: sum("unpricedRequests"),
    inputTokens: sum("inputTokens"),
    outputTokens: sum("outputTokens"),
    cacheReadTokens: sum("cacheReadTokens"),
    cacheWriteTokens: sum("cacheWriteTokens"),
    costUsd: sum("costUsd"),
  };
}

export const inputOf = ({ inputTokens, cacheReadTokens, cacheWriteTokens }: Pick<Sums, "inputTokens" | "cacheReadTokens" | "cacheWriteTokens">): number =>
  inputTokens + cacheReadTokens + cacheWriteTokens;

export function amountOf(sums: Sums, measure: Measure): number {
  if (measure === "cost") return sums.costUsd;
  return measure === "tokens" ? inputOf(sums) + sums.outputTokens : sums.requests;
}

export function describeAmount(amount: number, measure: Measure): string {
  if (measure === "cost") return formatCost(amount);
  return measure === "tokens" ? `${formatCompact(amount)} tokens` : countOf(amount, "request");
}

/** The next round number at or above the highest amount, for the top of a chart. */
export function roundedTop(highest: number): number {
  if (highest <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((step) => step * size).find((top) => top >= highest * 0.999_999)!;
}

/** The first of so many days up to today, in UTC. Shape: `2026-11-21`. Units: `now` in milliseconds since 1970. */
export const firstDay = (days: number, now: number): string => new Date(now - (days - 1) * 24 * 60 * 60_000).toISOString().slice(0, 10);
