import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { transitions } from "../job-states.ts";
import type { Queue } from "../queue.ts";
import { addEvent } from "./events.ts";
import { enqueue } from "./queue-entries.ts";

/** What holds for the whole queue at the moment. */
export interface QueueState {
  paused: boolean;
  /** Null where each worker's own setting counts. */
  slots: number | null;
  waitForLimits: boolean;
  /** Whether a usage limit is being waited for. */
  limited: boolean;
}

/** Whoever changes what the queue may do, or acts by it, locks its row first; all else is locked after it. */
export async function lockQueue(client: Client): Promise<QueueState> {
  const { rows } = await client.query<{ paused: boolean; slots: number | null; wait_for_limits: boolean; limited: boolean | null }>(
    "select paused_at is not null as paused, slots, wait_for_limits, limit_until > now() as limited from queue_state for update",
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the queue's own row is not there");
  return { paused: row.paused, slots: row.slots, waitForLimits: row.wait_for_limits, limited: row.limited ?? false };
}

export interface Limit {
  /** Units: milliseconds since 1970; null when nobody said. */
  untilMs: number | null;
  reason: string;
  provider: string | null;
  /** How long one of unknown end is waited for. Units: milliseconds. */
  standardWaitMs: number;
}

const shortestWaitMs = 60_000;

/**
 * The queue waits until then; of two limits the later one counts. One that is said to be over already is waited for a little all the same, since
 * the job that met it would only meet it again.
 */
export async function noteLimit(client: Client, { untilMs, reason, provider, standardWaitMs }: Limit): Promise<void> {
  await client.query(
    `update queue_state set limit_reason = $2, limit_provider = $3, limit_until =
       greatest(limit_until, coalesce($1, now() + $4 * interval '1 millisecond'), now() + $5 * interval '1 millisecond')`,
    [untilMs === null ? null : new Date(untilMs), reason.slice(0, 1_000), provider, standardWaitMs, Math.min(shortestWaitMs, standardWaitMs)],
  );
}

/** Ends the wait for a limit now. What meets it again says so again. */
export async function clearLimit(client: Client, queue: Queue, worker: string): Promise<void> {
  await client.query("update queue_state set limit_until = null, limit_reason = null, limit_provider = null");
  await queueWaiting(client, queue, worker);
}

/** Lets jobs go on whose limit has passed. Returns how many. */
export async function endPassedLimit(pool: Pool, queue: Queue, worker: string): Promise<number> {
  if (!(await limitPassed(pool))) return 0;
  return inTransaction(pool, async (client) => {
    if ((await lockQueue(client)).limited) return 0;
    await client.query("update queue_state set limit_until = null, limit_reason = null, limit_provider = null where limit_until <= now()");
    return queueWaiting(client, queue, worker);
  });
}

async function limitPassed(pool: Queryable): Promise<boolean> {
  const { rows } = await pool.query<{ passed: boolean }>(
    `select case when limit_until is null then exists (select from jobs where state = 'waiting-for-limit') else limit_until <= now() end as passed from queue_state`,
  );
  return rows[0]?.passed ?? false;
}

async function queueWaiting(client: Client, queue: Queue, worker: string): Promise<number> {
  const next = transitions["waiting-for-limit"]["limit-passed"];
  const { rows } = await client.query<{ id: string }>("update jobs set state = $1 where state = 'waiting-for-limit' returning id", [next]);
  for (const { id } of rows.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    await enqueue(client, queue, id, { ahead: true });
    await addEvent(client, { jobId: id, kind: "job.limit-passed", worker });
  }
  return rows.length;
}
