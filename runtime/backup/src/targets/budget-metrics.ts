import type { Clock } from "@freehold/kernel/clock";
import type { Metrics } from "@freehold/kernel/metrics";
import { budgetOf } from "./budget.ts";
import type { Target } from "./target.ts";

/** Shows what is used of each free amount, and what the month will come to; returns what brings the figures up to date. */
export function watchBudgets(metrics: Metrics, targets: readonly Target[], clock: Clock): () => void {
  const labels = ["target", "what"];
  const gauges = {
    used: metrics.gauge("backup_budget_used_ratio", "What is used of a target's free amount in this month; 1 is all of it.", labels),
    forecast: metrics.gauge("backup_budget_forecast_ratio", "What will be used of a target's free amount by the end of this month if it goes on so.", labels),
  };
  const requests = metrics.gauge("backup_target_requests", "Requests that a target was asked for in this month, by class.", ["target", "class"]);
  return () => {
    for (const { name, settings, meter } of targets) {
      for (const kind of ["a", "b", "free"] as const) requests.set({ target: name, class: kind }, meter.counts[kind]);
      for (const { what, limit, used, forecast } of budgetOf(settings, meter.counts, clock.now())) {
        gauges.used.set({ target: name, what }, used / limit);
        gauges.forecast.set({ target: name, what }, forecast / limit);
      }
    }
  };
}
