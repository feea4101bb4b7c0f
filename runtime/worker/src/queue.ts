import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Client, Pool, Queryable } from "@freehold/kernel/postgres";
import { PgBoss } from "pg-boss";

/** Commands have a queue of their own: a usage limit of the models does not hold them up. */
const names = { prompt: "jobs", command: "commands" } as const;
const schema = "pgboss";

export interface Entry {
  jobId: string;
  isCommand: boolean;
  /** From -100 to 100; the higher one is first, and of equals the older one. */
  priority: number;
  /** Before all others of its priority: a job that had its turn already and was held up. */
  ahead?: boolean;
  /** Units: milliseconds. */
  delayMs?: number;
}

/**
 * The queue of jobs that may start. It only says which job is next: each call but `start` and `stop` runs inside the caller's transaction, so
 * that a job's row and its entry commit together, and an entry is never seen half taken.
 */
export interface Queue {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The new entry's id. */
  send(client: Client, entry: Entry): Promise<string>;
  /** Takes the next entry that is due; undefined when none is. */
  take(client: Client, only: { commandsOnly: boolean }): Promise<string | undefined>;
}

/**
 * `pool` is for pg-boss's own questions alone. It asks some of them inside a `send`, while the caller holds a connection: if they came from the caller's pool, as
 * many jobs at once as that pool has connections would all wait for one another.
 */
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
      for (const name of Object.values(names)) await boss.createQueue(name, { retryLimit: 0, retentionSeconds: 315_360_000, deleteAfterSeconds: 3_600 });
    },
    stop: () => boss.stop({ graceful: false, close: false }),
    send: async (client, { jobId, isCommand, priority, ahead = false, delayMs = 0 }) => {
      const startAfter = delayMs > 0 ? delayMs / 1_000 : dueForLong;
      const options = { db: adapt(client), priority: 2 * priority + (ahead ? 1 : 0), startAfter };
      const id = await boss.send(isCommand ? names.command : names.prompt, { jobId }, options);
      if (id === null) throw new AppError("queue.refused", `The queue took no entry for job ${jobId}.`);
      return id;
    },
    take: async (client, { commandsOnly }) => {
      const name = commandsOnly ? names.command : await queueOfNext(client);
      const [entry] = name === undefined ? [] : await boss.fetch<{ jobId: string }>(name, { db: adapt(client) });
      if (name === undefined || entry === undefined) return undefined;
      await boss.complete(name, entry.id, null, { db: adapt(client) });
      return entry.data.jobId;
    },
  };
}

/**
 * Seconds, as text, which pg-boss takes below 0, too. A transaction's time stands still while it waits for the queue's own row: what was sent meanwhile would not be due for it
 * yet, and another job would go first.
 */
const dueForLong = "-60";

const adapt = (queryable: Queryable) => ({
  executeSql: async (text: string, values?: unknown[]): Promise<{ rows: object[] }> => queryable.query(text, values),
});

const headOf = (parameter: string) =>
  `(select name, priority, created_on from ${schema}.job where name = ${parameter} and state < 'active' and not blocked and start_after <= now()
    order by priority desc, created_on limit 1)`;

/** The queue whose head is to be taken first. */
async function queueOfNext(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select name from (${headOf("$1")} union all ${headOf("$2")}) as heads order by priority desc, created_on limit 1`,
    Object.values(names),
  );
  return rows[0]?.name;
}

/** Queued jobs that no waiting entry stands for: what a pruned or restored queue would otherwise forget. */
export async function jobsWithoutEntry(pool: Queryable): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select j.id from jobs j where j.state = 'queued'
     and not exists (select from ${schema}.job b where b.name = any($1) and b.id = j.queue_entry and b.state < 'active') limit 100`,
    [Object.values(names)],
  );
  return rows.map((row) => row.id);
}
