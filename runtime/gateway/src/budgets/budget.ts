import { z } from "zod";

const dollars = () => z.number().min(0).max(1_000_000).optional();

/** What a key may cost in a UTC day and month, and from which share on its callers are warned. Units: US dollars. */
export const budgetSchema = z.strictObject({ dayUsd: dollars(), monthUsd: dollars(), warnPercent: z.number().min(1).max(100).default(80) }).readonly();

export type Budget = z.output<typeof budgetSchema>;

export const periods = ["day", "month"] as const;
export type Period = (typeof periods)[number];
/** The names of the running day and month. Shape: `2026-11-21` and `2026-11`. */
export type PeriodIds = Readonly<Record<Period, string>>;
/** Units: billionths of a US dollar, so that sums are exact. */
export type Spent = Readonly<Record<Period, number>>;

export const nothingSpent: Spent = { day: 0, month: 0 };

export const toNano = (usd: number): number => Math.round(usd * 1e9);

const dayMs = 86_400_000;
/** Each call asks several times, and the answer is the same all day. */
let latest: { day: number; ids: PeriodIds } | undefined;

export function periodIdsAt(nowMs: number): PeriodIds {
  const day = Math.floor(nowMs / dayMs);
  if (latest?.day === day) return latest.ids;
  const text = new Date(nowMs).toISOString();
  latest = { day, ids: { day: text.slice(0, 10), month: text.slice(0, 7) } };
  return latest.ids;
}

/** When a period ends. Units: milliseconds since 1970. */
export function endOf(period: Period, nowMs: number): number {
  const now = new Date(nowMs);
  return period === "day" ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

/** The most that may be spent in each period. Units: billionths of a US dollar; infinite where there is no bound. */
export const capsOf = (budget: Budget | undefined): Spent => ({ day: capOf(budget?.dayUsd), month: capOf(budget?.monthUsd) });

const capOf = (usd: number | undefined): number => (usd === undefined ? Number.POSITIVE_INFINITY : toNano(usd));

/** A period whose budget is nearly used up. */
export interface BudgetWarning {
  period: Period;
  id: string;
  usedPercent: number;
  limitUsd: number;
}

const noWarnings: readonly BudgetWarning[] = [];

/** Where the share that the owner wants to hear of is reached. */
export function warningsOf(budget: Budget, spent: Spent, ids: PeriodIds): readonly BudgetWarning[] {
  let warnings = noWarnings;
  for (const period of periods) {
    const limitUsd = period === "day" ? budget.dayUsd : budget.monthUsd;
    if (limitUsd === undefined || limitUsd === 0) continue;
    const usedPercent = Math.floor(spent[period] / (limitUsd * 1e7));
    if (usedPercent >= budget.warnPercent) warnings = [...warnings, { period, id: ids[period], usedPercent, limitUsd }];
  }
  return warnings;
}
