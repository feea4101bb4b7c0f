import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import { attemptStates, jobStates } from "./job-states.ts";

export interface WorkerMetrics extends Metrics {
  attemptEnded(state: string, job: string | null, seconds: number): void;
}

/** The kernel's metrics, with those of the jobs read from the database at each scrape. */
export function createWorkerMetrics(metrics: Metrics, pool: Pool, active: () => number): WorkerMetrics {
  const jobs = metrics.gauge("freehold_jobs", "Jobs by state.", ["state"]);
  const depth = metrics.gauge("freehold_queue_depth", "Jobs that wait to be started.");
  const age = metrics.gauge("freehold_queue_age_seconds", "How long the oldest waiting job has waited.");
  const running = metrics.gauge("freehold_worker_active_attempts", "Attempts in the hands of this worker.");
  const attempts = metrics.counter("freehold_attempts_total", "Attempts that ended here, by their state.", ["state"]);
  const retried = metrics.counter("freehold_attempts_retried_total", "Attempts that ended here and were followed by another.");
  const seconds = metrics.histogram("freehold_attempt_seconds", "Duration of attempts.", ["state"], [1, 5, 15, 60, 300, 900, 3_600, 14_400]);
  for (const state of attemptStates) if (state !== "running") attempts.inc({ state }, 0);
  const refresh = async () => {
    const { rows } = await pool.query<{ state: string; count: number; age: number | null }>(
      "select state, count(*)::int as count, extract(epoch from now() - min(created_at))::float as age from jobs group by state",
    );
    const of = (state: string) => rows.find((row) => row.state === state);
    for (const state of jobStates) jobs.set({ state }, of(state)?.count ?? 0);
    depth.set(of("queued")?.count ?? 0);
    age.set(of("queued")?.age ?? 0);
  };
  return {
    ...metrics,
    attemptEnded: (state, job, duration) => {
      attempts.inc({ state });
      seconds.observe({ state }, duration);
      if (job === "queued") retried.inc();
    },
    text: async () => {
      running.set(active());
      await refresh().catch(() => undefined);
      return metrics.text();
    },
  };
}
