import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import { Loop } from "@freehold/kernel/loop";
import type { Queue } from "../queue.ts";
import { dueSchedules, fireSchedule, type FireContext, type Fired } from "./fire.ts";
import { sweepRuns } from "./run-history.ts";

export interface SchedulerParts {
  pool: Pool;
  queue: Queue;
  clock: Clock;
  log: Log;
  metrics: SchedulerMetrics;
  worker: string;
  /** Called after jobs were made. */
  wake: () => void;
}

/** Units: milliseconds. */
export interface SchedulerSettings {
  pollMs: number;
  graceMs: number;
  jobTimeoutMs: number;
}

export interface SchedulerMetrics {
  ran(outcome: string, lateSeconds: number): void;
}

export function createSchedulerMetrics(metrics: Metrics): SchedulerMetrics {
  const runs = metrics.counter("freehold_schedule_runs_total", "Times that were due, by what became of them.", ["outcome"]);
  const late = metrics.histogram("freehold_schedule_late_seconds", "How long after it was due a job was made.", [], [0.1, 0.5, 1, 2, 5, 30, 300, 3_600]);
  for (const outcome of ["job", "overlap", "missed"]) runs.inc({ outcome }, 0);
  return {
    ran: (outcome, lateSeconds) => {
      runs.inc({ outcome });
      if (outcome === "job") late.observe(lateSeconds);
    },
  };
}

const batch = 100;
const sweepMs = 600_000;

/** Makes the jobs of schedules that are due; any number of workers may have one, and each due time is still done once. */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #settings: SchedulerSettings;
  readonly #loops: Loop[];

  constructor(parts: SchedulerParts, settings: SchedulerSettings) {
    this.#parts = parts;
    this.#settings = settings;
    const loop = (name: string, everyMs: number, action: () => Promise<unknown>) =>
      new Loop({ everyMs, action: async () => void (await action()), onError: (error) => parts.log.warn("scheduler.loop-failed", { loop: name, error }) });
    this.#loops = [loop("due", settings.pollMs, () => this.fireDue()), loop("sweep", sweepMs, () => sweepRuns(parts.pool, parts.clock.now()))];
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  /** One look at what is due. A schedule that fails leaves the others alone and is looked at again. */
  async fireDue(): Promise<void> {
    const { pool, clock, log } = this.#parts;
    for (const id of await dueSchedules(pool, clock.now(), batch)) {
      try {
        const fired = await fireSchedule(pool, id, this.context());
        if (fired !== undefined) this.#tell(fired);
      } catch (error) {
        log.warn("schedule.failed", { scheduleId: id, error });
      }
    }
  }

  context(): FireContext {
    const { queue, worker, clock } = this.#parts;
    return { queue, worker, nowMs: clock.now(), graceMs: this.#settings.graceMs, jobTimeoutMs: this.#settings.jobTimeoutMs };
  }

  #tell({ scheduleId, runs, problem }: Fired): void {
    const { log, metrics, clock, wake } = this.#parts;
    if (problem !== null) log.error("schedule.stopped", { scheduleId, problem });
    for (const { dueAtMs, outcome, jobId } of runs) {
      log.info("schedule.ran", { scheduleId, dueAt: new Date(dueAtMs).toISOString(), outcome, jobId });
      metrics.ran(outcome, (clock.now() - dueAtMs) / 1_000);
    }
    if (runs.some(({ jobId }) => jobId !== null)) wake();
  }
}
