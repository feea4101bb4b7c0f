import { nothingSpent, periods, type PeriodIds, type Spent } from "../budgets/budget.ts";
import { needsSums, type Demand, type Refused, type Standing, type Subject, type Sums, type Tally, type Use } from "./ledger.ts";
import { measures, noAmounts, perMinute, type Amounts, type Measure } from "./limits.ts";
import { MinuteWindow } from "./minute-window.ts";

/** What is known of a subject. */
interface Account {
  window: MinuteWindow;
  /** The cost that each running call holds. Units: billionths of a US dollar. */
  held: Map<string, number>;
  heldNano: number;
  ids: PeriodIds | undefined;
  requestsToday: number;
  spent: Record<"day" | "month", number>;
  usedAt: number;
}

/** Accounts that were not used for this long and have no running call are read from the books again. Units: milliseconds. */
const idleMs = 600_000;

/** Limits and budgets of this process's calls, in memory. Units: milliseconds since 1970. */
export class MemoryLedger {
  readonly #accounts = new Map<string, Account>();

  /** Grants what fits within every limit, or says what is short; nothing is changed by a refusal. */
  reserve(subject: Subject, demand: Demand, now: number): Tally {
    const account = this.#accountOf(subject.id, now);
    if (needsSums(subject) && (account.ids?.day !== demand.periods.day || account.ids.month !== demand.periods.month)) return { unseeded: true };
    const slot = account.window.advance(now);
    const refused = judge(account, subject, demand, now);
    if (refused !== undefined) return { refused };
    account.window.add(slot, demand.amounts);
    account.held.set(demand.id, demand.costNano);
    account.heldNano += demand.costNano;
    account.requestsToday += 1;
    return { granted: standingOf(account, subject, now), slot };
  }

  /** Replaces a reservation by what was used. */
  settle(subjectId: string, { demand, slot, now }: { demand: Demand; slot: number; now: number }, use: Use): void {
    const account = this.#accountOf(subjectId, now);
    account.window.advance(now);
    account.window.correct(slot, demand.amounts, use.amounts);
    account.heldNano -= account.held.get(demand.id) ?? 0;
    account.held.delete(demand.id);
    if (use.amounts.requests === 0 && account.ids?.day === demand.periods.day) account.requestsToday -= 1;
    for (const period of periods) if (account.ids?.[period] === demand.periods[period]) account.spent[period] += use.costNano;
  }

  /** Takes the books' sums over; what is known of the same period already may be newer, so the higher counts. */
  seed(subjectId: string, ids: PeriodIds, { requestsToday, spent }: Sums, now: number): void {
    const account = this.#accountOf(subjectId, now);
    account.requestsToday = account.ids?.day === ids.day ? Math.max(account.requestsToday, requestsToday) : requestsToday;
    for (const period of periods)
      account.spent[period] = account.ids?.[period] === ids[period] ? Math.max(account.spent[period], spent[period]) : spent[period];
    account.ids = ids;
  }

  /** The sums as they are known here; zero for what was never seeded. */
  sums(subjectId: string): Sums {
    const account = this.#accounts.get(subjectId);
    return { requestsToday: account?.requestsToday ?? 0, spent: { ...(account?.spent ?? nothingSpent) } };
  }

  /** The subjects whose sums were used lately. */
  seeded(now: number, withinMs: number): string[] {
    return [...this.#accounts].filter(([, { ids, usedAt }]) => ids !== undefined && now - usedAt <= withinMs).map(([id]) => id);
  }

  /** Drops what nobody uses any more. */
  forget(now: number): void {
    for (const [id, { held, usedAt }] of this.#accounts) if (held.size === 0 && now - usedAt > idleMs) this.#accounts.delete(id);
  }

  #accountOf(id: string, now: number): Account {
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = { window: new MinuteWindow(), held: new Map(), heldNano: 0, ids: undefined, requestsToday: 0, spent: { ...nothingSpent }, usedAt: now };
      this.#accounts.set(id, account);
    }
    account.usedAt = now;
    return account;
  }
}

function judge(account: Account, { limits, caps }: Subject, { amounts, costNano }: Demand, now: number): Refused | undefined {
  const budget = shortOfBudget(account, caps, costNano);
  if (budget?.short !== "budget-held" && budget !== undefined) return budget;
  if (limits.requestsPerDay !== undefined && account.requestsToday >= limits.requestsPerDay) return { short: "day", waitMs: 0 };
  const minute = shortOfMinute(account.window, limits, amounts, now);
  if (minute !== undefined) return minute;
  if (limits.concurrent !== undefined && account.held.size >= limits.concurrent) return { short: "concurrent", waitMs: 0 };
  return budget;
}

function shortOfBudget({ spent, heldNano }: Account, caps: Spent, costNano: number): Refused | undefined {
  for (const period of periods) if (spent[period] >= caps[period] || spent[period] + costNano > caps[period]) return { short: `budget-${period}`, waitMs: 0 };
  return periods.some((period) => spent[period] + heldNano + costNano > caps[period]) ? { short: "budget-held", waitMs: 0 } : undefined;
}

/** The measure that takes longest to be there again. */
function shortOfMinute(window: MinuteWindow, limits: Subject["limits"], amounts: Amounts, now: number): (Refused & { short: Measure }) | undefined {
  let worst: (Refused & { short: Measure }) | undefined;
  for (const measure of measures) {
    const limit = perMinute(limits, measure);
    const excess = limit === undefined ? 0 : window.total(measure) + amounts[measure] - limit;
    if (excess <= 0) continue;
    const waitMs = window.waitFor(measure, excess, now);
    if (worst === undefined || waitMs > worst.waitMs) worst = { short: measure, waitMs };
  }
  return worst;
}

function standingOf({ window, spent }: Account, { limits }: Subject, now: number): Standing {
  const remaining = { ...noAmounts };
  for (const measure of measures) remaining[measure] = Math.max(0, (perMinute(limits, measure) ?? Number.POSITIVE_INFINITY) - window.total(measure));
  return { remaining, resetMs: window.resetMs(now), spent: { ...spent } };
}
