import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { transitions, type JobEvent } from "../job-states.ts";
import type { Queue } from "../queue.ts";
import type { Outcome } from "../run/outcome.ts";
import { retryDelayMs } from "../run/retry-delay.ts";
import { addEvent } from "./events.ts";
import type { LeaseKey } from "./leases.ts";
import { enqueue } from "./queue-entries.ts";
import { lockQueue, noteLimit } from "./queue-state.ts";

interface Locked {
  state: JobState;
  /** Whether the job may have another attempt: those that a usage limit ended don't count, nor those before it was retried or went on. */
  mayTryAgain: boolean;
  retryDelayMs: number | null;
  /** Attempts that counted. */
  used: number;
  cancelRequested: boolean;
  outcome: Outcome | null;
}

interface LockedRow {
  state: JobState;
  max_attempts: number;
  retry_delay_ms: number | null;
  cancelled: boolean;
  outcome: Outcome | null;
  used: number;
}

/** Locks job and attempt; undefined when the lease is another's or the attempt has been closed. */
async function lock(client: Client, { jobId, number, epoch }: LeaseKey): Promise<Locked | undefined> {
  const { rows } = await client.query<LockedRow>(
    `select j.state, j.max_attempts, (j.options->>'retryDelayMs')::integer as retry_delay_ms, j.cancel_requested_at is not null as cancelled, a.outcome,
     (select count(*)::int from attempts b where b.job_id = j.id and b.round = j.round and b.state <> 'limited') as used
     from jobs j join attempts a on a.job_id = j.id
     where j.id = $1 and a.number = $2 and a.lease_epoch = $3 and a.state = 'running' for update of j, a`,
    [jobId, number, epoch],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    state: row.state,
    mayTryAgain: row.used < row.max_attempts,
    retryDelayMs: row.retry_delay_ms,
    used: row.used,
    cancelRequested: row.cancelled,
    outcome: row.outcome,
  };
}

/**
 * Records how an attempt ended, before its container goes and with it the exit code. The first record stays.
 * Shape: null when the lease is another's.
 */
export async function recordOutcome(pool: Pool, key: LeaseKey, decide: (cancelRequested: boolean) => Outcome): Promise<Outcome | null> {
  return inTransaction(pool, async (client) => {
    const locked = await lock(client, key);
    if (locked === undefined || locked.outcome !== null) return locked?.outcome ?? null;
    const outcome = storable(decide(locked.cancelRequested));
    await client.query("update attempts set outcome = $3 where job_id = $1 and number = $2", [key.jobId, key.number, JSON.stringify(outcome)]);
    return outcome;
  });
}

/** PostgreSQL's texts hold no NUL, which a job may well print. */
const storable = (outcome: Outcome): Outcome => JSON.parse(JSON.stringify(outcome).replaceAll("\\u0000", "\\ufffd")) as Outcome;

export interface Usage {
  costUsd: number | null;
  provider: string | null;
}

export interface Closing {
  worker: string;
  retryDelayMs: number;
  /** Whether a usage limit ended it. */
  limited: boolean;
  /** How long a usage limit of unknown end is waited for. */
  limitWaitMs: number;
  /** Undefined when the gateway could not be asked; it is asked again later. */
  usage: Usage | undefined;
}

/**
 * Closes an attempt whose container is gone: attempt, slot, job and, for a retry, the new queue entry change in one transaction.
 * Shape: the job's new state, or null when the lease is another's.
 */
export async function closeAttempt(pool: Pool, queue: Queue, key: LeaseKey, closing: Closing): Promise<JobState | null> {
  return inTransaction(pool, async (client) => {
    // Before the job's row, as in a claim.
    const waitForLimits = closing.limited && (await lockQueue(client)).waitForLimits;
    const locked = await lock(client, key);
    if (locked === undefined || locked.outcome === null) return null;
    const outcome = locked.outcome.state === "limited" && !waitForLimits ? ({ ...locked.outcome, state: "failed" } as const) : locked.outcome;
    const event = eventOf(outcome, locked);
    const next = transitions[locked.state][event] ?? locked.state;
    await closeRow(client, key, outcome);
    if (next === "waiting-for-limit" && outcome.state === "limited")
      await noteLimit(client, {
        untilMs: outcome.untilMs,
        reason: outcome.message,
        provider: closing.usage?.provider ?? null,
        standardWaitMs: closing.limitWaitMs,
      });
    await client.query("update slots set job_id = null, attempt = null where job_id = $1 and attempt = $2", [key.jobId, key.number]);
    await advanceJob(client, key.jobId, next, outcome);
    await storeUsage(client, key.jobId, closing.usage);
    if (event === "attempt-retried" && next === "queued") {
      const delayMs = retryDelayMs(locked.used, outcome.state === "lost" ? "lost" : "failed", locked.retryDelayMs ?? closing.retryDelayMs);
      await enqueue(client, queue, key.jobId, { delayMs });
    }
    await addEvent(client, {
      jobId: key.jobId,
      attempt: key.number,
      kind: `attempt.${outcome.state}`,
      worker: closing.worker,
      detail: { job: next, ...("code" in outcome ? { code: outcome.code } : {}) },
    });
    return next;
  });
}

function eventOf(outcome: Outcome, { cancelRequested, mayTryAgain }: Locked): JobEvent {
  if (outcome.state === "succeeded") return "attempt-succeeded";
  if (outcome.state === "cancelled" || cancelRequested) return "attempt-cancelled";
  if (outcome.state === "limited") return "attempt-limited";
  return outcome.retryable && mayTryAgain ? "attempt-retried" : "attempt-failed";
}

async function closeRow(client: Client, key: LeaseKey, outcome: Outcome): Promise<void> {
  const error = "code" in outcome ? outcome : undefined;
  await client.query(
    "update attempts set state = $3, finished_at = now(), exit_code = $4, error_code = $5, error_message = $6 where job_id = $1 and number = $2",
    [key.jobId, key.number, outcome.state, outcome.exitCode, error?.code ?? null, error?.message ?? null],
  );
}

async function advanceJob(client: Client, jobId: string, next: JobState, outcome: Outcome): Promise<void> {
  const error = next === "failed" && "code" in outcome ? outcome : undefined;
  await client.query(
    `update jobs set state = $2, finished_at = case when $2 in ('succeeded', 'failed', 'cancelled') then now() end, result = $3, error_code = $4, error_message = $5 where id = $1`,
    [jobId, next, "result" in outcome ? outcome.result : null, error?.code ?? null, error?.message ?? null],
  );
}

/** The gateway's figures are of the whole job, so the newest replace the earlier. */
export async function storeUsage(client: Pick<Client, "query">, jobId: string, usage: Usage | undefined): Promise<void> {
  if (usage === undefined) await client.query("update jobs set usage_pending = true where id = $1", [jobId]);
  else
    await client.query("update jobs set cost_usd = coalesce($2, cost_usd), provider = coalesce($3, provider), usage_pending = false where id = $1", [
      jobId,
      usage.costUsd,
      usage.provider,
    ]);
}
