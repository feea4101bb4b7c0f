import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Client, Pool, Queryable } from "@freehold/kernel/postgres";
import { PgBoss } from "pg-boss";

const name = "jobs";
const schema = "pgboss";

/**
 * The queue of jobs that may start. It only says which job is next: each call but `start` and `stop` runs inside the caller's transaction, so
 * that a job's row and its entry commit together, and an entry is never seen half taken.
 */
export interface Queue {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The new entry's id. */
  send(client: Client, jobId: string, delayMs?: number): Promise<string>;
  /** Takes the next entry that is due; undefined when none is. */
  take(client: Client): Promise<string | undefined>;
}

export function createQueue(pool: Pool, log: Log): Queue {
  const boss = new PgBoss({ schema, db: adapt(pool), schedule: false, maintenanceIntervalSeconds: 600, warningQueueSize: 100_000 });
  boss.on("error", (error) => log.warn("queue.error", { error }));
  boss.on("warning", (warning) => log.warn("queue.warning", { warning: warning.message }));
  return {
    start: async () => {
      await boss.start().catch(async (thrown: unknown) => {
        await boss.stop({ graceful: false, close: false });
        throw thrown;
      });
      // An entry is active only inside the transaction that takes it, so it neither expires nor is retried; a waiting one is kept for years.
      await boss.createQueue(name, { retryLimit: 0, retentionSeconds: 315_360_000, deleteAfterSeconds: 3_600 });
    },
    stop: () => boss.stop({ graceful: false, close: false }),
    send: async (client, jobId, delayMs = 0) => {
      const startAfter = delayMs > 0 ? { startAfter: delayMs / 1_000 } : {};
      const id = await boss.send(name, { jobId }, { db: adapt(client), ...startAfter });
      if (id === null) throw new AppError("queue.refused", `The queue took no entry for job ${jobId}.`);
      return id;
    },
    take: async (client) => {
      const [entry] = await boss.fetch<{ jobId: string }>(name, { db: adapt(client) });
      if (entry === undefined) return undefined;
      await boss.complete(name, entry.id, null, { db: adapt(client) });
      return entry.data.jobId;
    },
  };
}

const adapt = (queryable: Queryable) => ({
  executeSql: async (text: string, values?: unknown[]): Promise<{ rows: object[] }> => queryable.query(text, values),
});

/** Queued jobs that no waiting entry stands for: what a pruned or restored queue would otherwise forget. */
export async function jobsWithoutEntry(pool: Queryable): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select j.id from jobs j where j.state = 'queued'
     and not exists (select from ${schema}.job b where b.name = $1 and b.id = j.queue_entry and b.state < 'active') limit 100`,
    [name],
  );
  return rows.map((row) => row.id);
}
