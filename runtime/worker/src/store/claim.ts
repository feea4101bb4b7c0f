import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { transitions } from "../job-states.ts";
import type { Queue } from "../queue.ts";
import { addEvent } from "./events.ts";
import { requireLease, type Lease } from "./leases.ts";
import { lockQueue } from "./queue-state.ts";

/** `held`: the queue is paused. `full`: no slot is free. `empty`: no job is due. `skipped`: the entry's job wants no run any more. */
export type Claim = Lease | "held" | "full" | "empty" | "skipped";

export interface Claimant {
  worker: string;
  slots: number;
  leaseMs: number;
  /** The session's id if this attempt begins one. */
  newSessionId: string;
  /** By the steady clock. */
  nowMs: number;
}

/**
 * Takes a free slot and the next job in one transaction: after a crash at any point either all of it happened or nothing. Claims follow one
 * another by the queue's own row, which caps the running jobs exactly, across workers, retries and restarts, also while the number is lowered.
 */
export async function claimJob(pool: Pool, queue: Queue, claimant: Claimant): Promise<Claim> {
  return inTransaction(pool, async (client) => {
    const { paused, slots, limited } = await lockQueue(client);
    if (paused) return "held";
    const slot = await freeSlot(client, claimant.slots, slots ?? claimant.slots);
    if (slot === undefined) return "full";
    const jobId = await queue.take(client, { commandsOnly: limited });
    if (jobId === undefined) return "empty";
    const { rows } = await client.query<{ state: JobState }>("select state from jobs where id = $1 for update", [jobId]);
    const next = rows[0] === undefined ? null : transitions[rows[0].state].claimed;
    if (next === null) return "skipped";
    const number = await insertAttempt(client, jobId, slot, claimant);
    await client.query("update slots set job_id = $2, attempt = $3 where number = $1", [slot, jobId, number]);
    await client.query("update jobs set state = $2, started_at = coalesce(started_at, now()), queue_entry = null where id = $1", [jobId, next]);
    await addEvent(client, { jobId, attempt: number, kind: "attempt.claimed", worker: claimant.worker, detail: { slot } });
    return requireLease(client, { jobId, number }, claimant.nowMs);
  });
}

/** A slot that is over the limit but taken still counts. */
async function freeSlot(client: Client, slots: number, limit: number): Promise<number | undefined> {
  const { rows } = await client.query<{ number: number }>(
    `select number from slots where job_id is null and number <= $1 and (select count(*) from slots where job_id is not null) < least($1, $2)
     order by number limit 1 for update skip locked`,
    [slots, limit],
  );
  return rows[0]?.number;
}

/** A later attempt goes on with the session of the one before, unless that session was lost. */
async function insertAttempt(client: Client, jobId: string, slot: number, { worker, leaseMs, newSessionId }: Claimant): Promise<number> {
  const { rows } = await client.query<{ number: number }>(
    `with last as (select number, session_id, error_code from attempts where job_id = $1 order by number desc limit 1)
     insert into attempts (job_id, turn, round, number, slot, session_id, worker, lease_until)
     select $1, (select turn from jobs where id = $1), (select round from jobs where id = $1), coalesce((select number from last), 0) + 1, $2, coalesce((select session_id from last where error_code is distinct from 'job.session-lost'), $3), $4,
       now() + $5 * interval '1 millisecond'
     returning number`,
    [jobId, slot, newSessionId, worker, leaseMs],
  );
  return rows[0]?.number ?? 1;
}

/** Makes sure that the slots exist; lowering the number keeps the rows, and claims pass them by. */
export async function ensureSlots(pool: Pool, slots: number): Promise<void> {
  await pool.query("insert into slots (number) select generate_series(1, $1) on conflict do nothing", [slots]);
}
