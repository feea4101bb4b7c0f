import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ScheduleRun, ScheduleView } from "@freehold/kernel/api/schedule";
import { silentLog } from "@freehold/kernel/log";
import { createPool, migrate, type Pool } from "@freehold/kernel/postgres";
import { newJobId } from "../../job-id.ts";
import { createQueue, type Queue } from "../../queue.ts";
import { listRuns } from "../run-history.ts";
import { Scheduler } from "../scheduler.ts";
import { insertSchedule, type ScheduleTerms } from "../schedule-store.ts";

export const terms: ScheduleTerms = {
  name: "nightly",
  schedule: "0 3 * * *",
  timeZone: "UTC",
  work: { kind: "prompt", prompt: "tidy up" },
  maxAttempts: 1,
  timeoutMs: null,
  noOverlap: false,
  missed: "once",
  missedLimit: 10,
  source: null,
};

/** Schedulers on one real database, whose clock the test moves; nothing runs the jobs that they make. */
export class SchedulePlace {
  nowMs = 0;
  /** Jobs that a scheduler called out for. */
  woken = 0;
  readonly pool: Pool;
  readonly #queuePool: Pool;
  readonly queue: Queue;

  constructor(databaseUrl: string) {
    this.pool = createPool({ url: databaseUrl, applicationName: "test", log: silentLog });
    this.#queuePool = createPool({ url: databaseUrl, max: 2, applicationName: "test queue", log: silentLog });
    this.queue = createQueue(this.#queuePool, silentLog);
  }

  async start(at: string): Promise<void> {
    this.goTo(at);
    await migrate(this.pool, join(import.meta.dirname, "../../../migrations"));
    await this.queue.start();
  }

  async stop(): Promise<void> {
    await this.queue.stop();
    await this.pool.end();
    await this.#queuePool.end();
  }

  goTo(time: string): void {
    this.nowMs = Date.parse(time);
  }

  scheduler(worker = "one", more: { aheadMs?: number; pool?: Pool } = {}): Scheduler {
    const clock = { now: () => this.nowMs + (more.aheadMs ?? 0) };
    const metrics = { ran: () => undefined };
    const wake = () => void (this.woken += 1);
    return new Scheduler(
      { pool: more.pool ?? this.pool, queue: this.queue, clock, log: silentLog, metrics, worker, wake },
      { pollMs: 20, graceMs: 300_000, jobTimeoutMs: 60_000 },
    );
  }

  add(more: Partial<ScheduleTerms> = {}): Promise<ScheduleView> {
    return insertSchedule(this.pool, { ...terms, ...more }, { id: newJobId(this.nowMs, randomBytes), paused: false, nowMs: this.nowMs });
  }

  /** Oldest first. */
  async runs(id: string): Promise<ScheduleRun[]> {
    return (await listRuns(this.pool, id, { limit: 1_000 })).toReversed();
  }

  /** Shape: `job 2026-03-28T01:30:00Z`. */
  async told(id: string): Promise<string[]> {
    return (await this.runs(id)).map(({ outcome, dueAt }) => `${outcome} ${dueAt.replace(".000Z", "Z")}`);
  }

  async endJobs(): Promise<void> {
    await this.pool.query("update jobs set state = 'succeeded', finished_at = now() where state = 'queued'");
  }

  async jobs(): Promise<number> {
    const { rows } = await this.pool.query<{ jobs: number }>("select count(*)::int as jobs from jobs");
    return rows[0]?.jobs ?? 0;
  }
}
