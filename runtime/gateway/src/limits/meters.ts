import type { Metrics } from "@freehold/kernel/metrics";
import type { Period } from "../budgets/budget.ts";
import type { Shortage } from "./ledger.ts";

export type SubjectKind = "key" | "provider";

/** Metrics of limits and budgets; label sets are closed. */
export interface LimitMeters {
  refused(of: SubjectKind, short: Shortage): void;
  waiting(of: SubjectKind, change: 1 | -1): void;
  /** Units: milliseconds. */
  reserved(of: SubjectKind, ms: number): void;
  warned(period: Period): void;
  shared(isUp: boolean): void;
}

const reserveBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30];

export function createLimitMeters(metrics: Metrics): LimitMeters {
  const refusals = metrics.counter("gateway_limit_refusals_total", "Calls that did not fit a limit or a budget, by what was short.", ["of", "short"]);
  const waiting = metrics.gauge("gateway_limit_waiting", "Calls that wait for room now.", ["of"]);
  const reserve = metrics.histogram(
    "gateway_limit_reserve_seconds",
    "From a call's arrival at its limits to their verdict, waiting included.",
    ["of"],
    reserveBuckets,
  );
  const warnings = metrics.counter("gateway_budget_warnings_total", "Keys that came to the share of their budget at which a warning is due.", ["period"]);
  const shared = metrics.gauge("gateway_limits_shared", "1 while limits are shared with other gateways through Valkey, 0 while this one counts alone.");
  shared.set(0);
  // An alert on a counter's growth sees no growth in a series that begins with its first event.
  for (const period of ["day", "month"] satisfies Period[]) warnings.inc({ period }, 0);
  return {
    refused: (of, short) => refusals.inc({ of, short }),
    waiting: (of, change) => waiting.inc({ of }, change),
    reserved: (of, ms) => reserve.observe({ of }, ms / 1_000),
    warned: (period) => warnings.inc({ period }),
    shared: (isUp) => shared.set(isUp ? 1 : 0),
  };
}
