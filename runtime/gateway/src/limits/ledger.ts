import type { PeriodIds, Spent } from "../budgets/budget.ts";
import type { Amounts, Limits, Measure } from "./limits.ts";

/** Whose limits they are. */
export interface Subject {
  /** Shape: `key:<uuid>` or `provider:<name>`. */
  id: string;
  limits: Limits;
  /** The most that may be spent. Units: billionths of a US dollar; infinite where there is no budget. */
  caps: Spent;
}

/** What a call may use. Units: `costNano` in billionths of a US dollar. */
export interface Demand {
  /** The call's, unique. */
  id: string;
  amounts: Amounts;
  costNano: number;
  /** When it began, so that it counts in the period in which the books have it. */
  periods: PeriodIds;
}

/** What a call has used, as far as it is known. */
export interface Use {
  amounts: Amounts;
  costNano: number;
}

/** What there is too little of. "budget-held": what is spent would leave room, but calls that run now hold it. */
export type Shortage = Measure | "concurrent" | "day" | "budget-day" | "budget-month" | "budget-held";

/** The order is that of the answers of reserve.lua. */
export const shortages = [
  "requests",
  "inputTokens",
  "outputTokens",
  "concurrent",
  "day",
  "budget-day",
  "budget-month",
  "budget-held",
] as const satisfies Shortage[];

export interface Refused {
  short: Shortage;
  /** How long until there may be room; 0 where that depends on other calls. Units: milliseconds. */
  waitMs: number;
}

/** The state after a grant. */
export interface Standing {
  /** What may still be used of each limit of a minute; infinite where there is none. */
  remaining: Amounts;
  /** Until all of it is there again. Units: milliseconds. */
  resetMs: number;
  spent: Spent;
}

/** The sums of the running day and month, from the books. */
export interface Sums {
  requestsToday: number;
  spent: Spent;
}

export type Tally = { granted: Standing; slot: number } | { refused: Refused } | { unseeded: true };

/** Whether a day's or a month's sums are needed to judge this subject. */
export const needsSums = ({ limits, caps }: Subject): boolean =>
  limits.requestsPerDay !== undefined || Number.isFinite(caps.day) || Number.isFinite(caps.month);

/** Whether running calls must be told apart, because they count or hold money. */
export const needsLease = ({ limits, caps }: Subject): boolean => limits.concurrent !== undefined || Number.isFinite(caps.day) || Number.isFinite(caps.month);
