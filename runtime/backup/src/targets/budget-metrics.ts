import type { Clock } from "@freehold/kernel/clock";
import type { Metrics } from "@freehold/kernel/metrics";
import { budgetOf } from "./budget.ts";
import type { Target } from "./target.ts";

/** Metrics that show besides what is used of each free amount and what the month will come to, as it is when they are read. */
export function withBudgets(metrics: Metrics, targets: readonly Pick<Target, "name" | "settings" | "meter">[], clock: Clock): Metrics {
  const labels = ["target", "what"];
  const gauges = {
    used: metrics.gauge("backup_budget_used_ratio", "What is used of a target's free amount in this month; 1 is all of it.", labels),
    forecast: metrics.gauge("backup_budget_forecast_ratio", "What will be used of a target's free amount by the end of this month if it goes on so.", labels),
  };
  const requests = metrics.gauge("backup_target_requests", "Requests that a target was asked for in this month, by class.", ["target", "class"]);
  const show = () => {
    for (const { name, settings, meter } of targets) {
      const { counts } = meter;
      for (const kind of ["a", "b", "free"] as const) requests.set({ target: name, class: kind }, counts[kind]);
      for (const { what, limit, used, forecast } of budgetOf(settings, counts, clock.now())) {
        gauges.used.set({ target: name, what }, used / limit);
        gauges.forecast.set({ target: name, what }, forecast / limit);
      }
    }
  };
  return {
    ...metrics,
    text: () => {
      show();
      return metrics.text();
    },
  };
}
