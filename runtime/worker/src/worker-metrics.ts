import { statfs } from "node:fs/promises";
import { type JobState, jobStates } from "@freehold/kernel/api/job-state";
import type { Clock } from "@freehold/kernel/clock";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import { firstIdAt } from "./job-id.ts";
import { attemptStates, isFinal } from "./job-states.ts";

export interface WorkerMetrics extends Metrics {
  attemptEnded(state: string, job: JobState | null, seconds: number): void;
}

export interface Watched {
  pool: Pool;
  jobsDir: string;
  clock: Clock;
  /** Attempts in the hands of this worker now. */
  active: () => number;
}

const dayMs = 24 * 60 * 60_000;

/** The kernel's metrics, with those of the jobs read from the database at each scrape. */
export function createWorkerMetrics(metrics: Metrics, { pool, jobsDir, clock, active }: Watched): WorkerMetrics {
  const jobs = metrics.gauge("freehold_jobs", "Jobs by state.", ["state"]);
  const depth = metrics.gauge("freehold_queue_depth", "Jobs that wait to be started.");
  const age = metrics.gauge("freehold_queue_age_seconds", "How long the oldest waiting job has waited.");
  const running = metrics.gauge("freehold_worker_active_attempts", "Attempts in the hands of this worker.");
  const attempts = metrics.counter("freehold_attempts_total", "Attempts that ended here, by their state.", ["state"]);
  const retried = metrics.counter("freehold_attempts_retried_total", "Attempts that ended here and were followed by another.");
  const ended = metrics.counter("freehold_jobs_ended_total", "Jobs that ended with an attempt here, by their state.", ["state"]);
  const paused = metrics.gauge("freehold_queue_paused", "1 while the queue is paused or waits for a usage limit.");
  const cost = metrics.gauge("freehold_jobs_day_cost_usd", "Cost of the jobs that were made in the last 24 hours, in US dollars.");
  const free = metrics.gauge("freehold_volume_free_bytes", "What is free on the disk under a volume.", ["volume"]);
  const size = metrics.gauge("freehold_volume_size_bytes", "The size of that disk.", ["volume"]);
  const seconds = metrics.histogram("freehold_attempt_seconds", "Duration of attempts.", ["state"], [1, 5, 15, 60, 300, 900, 3_600, 14_400]);
  for (const state of attemptStates) if (state !== "running") attempts.inc({ state }, 0);
  for (const state of jobStates) if (isFinal(state)) ended.inc({ state }, 0);
  const refresh = async () => {
    const { rows } = await pool.query<{ state: string; count: number; age: number | null }>(
      "select state, count(*)::int as count, extract(epoch from now() - min(created_at))::float as age from jobs group by state",
    );
    const of = (state: string) => rows.find((row) => row.state === state);
    for (const state of jobStates) jobs.set({ state }, of(state)?.count ?? 0);
    depth.set(of("queued")?.count ?? 0);
    age.set(of("queued")?.age ?? 0);
    const { rows: now } = await pool.query<{ paused: boolean; cost: number }>(
      `select paused_at is not null or coalesce(limit_until > now(), false) as paused,
       (select coalesce(sum(cost_usd), 0)::float8 from jobs where id >= $1) as cost from queue_state`,
      [firstIdAt(clock.now() - dayMs)],
    );
    paused.set(now[0]?.paused === true ? 1 : 0);
    cost.set(now[0]?.cost ?? 0);
  };
  const measureDisk = async () => {
    const { bavail, blocks, bsize } = await statfs(jobsDir);
    free.set({ volume: "jobs" }, bavail * bsize);
    size.set({ volume: "jobs" }, blocks * bsize);
  };
  return {
    ...metrics,
    attemptEnded: (state, job, duration) => {
      attempts.inc({ state });
      seconds.observe({ state }, duration);
      if (job === "queued") retried.inc();
      if (job !== null && isFinal(job)) ended.inc({ state: job });
    },
    text: async () => {
      running.set(active());
      // What can't be read now is told as it was; that the database is away shows elsewhere.
      await Promise.allSettled([refresh(), measureDisk()]);
      return metrics.text();
    },
  };
}
