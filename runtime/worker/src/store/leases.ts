import type { Queryable } from "@freehold/kernel/postgres";
import type { JobOptions } from "../job-options.ts";
import type { Outcome } from "../run/outcome.ts";

/**
 * A worker's right to an attempt. `epoch` grows with each change of hands, and everything that a holder writes asks for it, so that one who
 * lost the lease without noticing changes nothing.
 */
export interface Lease {
  jobId: string;
  number: number;
  slot: number;
  epoch: number;
  sessionId: string;
  model: string | null;
  prompt: string;
  /** What later turns asked for, in order. */
  turns: string[];
  /** Whether no earlier attempt has tried the newest turn. */
  firstOfTurn: boolean;
  options: JobOptions;
  /** Of the whole job. Units: US dollars. */
  budgetUsd: number | null;
  /** Null where the prompt is for Claude Code. */
  command: { argv: string[]; environment: Record<string, string> } | null;
  timeoutMs: number;
  /** By the steady clock of the process that has the lease. */
  startedAtMs: number;
  /** By the same; null until the manager confirmed the container's start. */
  containerStartedAtMs: number | null;
  keyId: string | null;
  /** Null until how it ended was recorded. */
  outcome: Outcome | null;
}

export interface LeaseKey {
  jobId: string;
  number: number;
  epoch: number;
}

interface LeaseRow {
  job_id: string;
  number: number;
  slot: number;
  lease_epoch: number;
  session_id: string;
  model: string | null;
  prompt: string;
  turns: string[];
  first_of_turn: boolean;
  options: JobOptions;
  budget_usd: number | null;
  command: string[] | null;
  environment: Record<string, string> | null;
  timeout_ms: string;
  age_ms: number;
  container_age_ms: number | null;
  key_id: string | null;
  outcome: Outcome | null;
}

/** Units: `nowMs` by the steady clock. Throws: when there is no such attempt, which its caller has just written. */
export async function requireLease(client: Queryable, { jobId, number }: Omit<LeaseKey, "epoch">, nowMs: number): Promise<Lease> {
  const { rows } = await client.query<LeaseRow>(
    `select a.*, extract(epoch from now() - a.started_at)::float8 * 1000 as age_ms,
     extract(epoch from now() - a.container_started_at)::float8 * 1000 as container_age_ms, j.model, j.prompt, j.command, j.environment, j.timeout_ms, j.options, j.budget_usd,
     array(select t.prompt from job_turns t where t.job_id = a.job_id and t.number <= a.turn order by t.number) as turns,
     not exists (select from attempts b where b.job_id = a.job_id and b.turn = a.turn and b.number < a.number) as first_of_turn
     from attempts a join jobs j on j.id = a.job_id where a.job_id = $1 and a.number = $2`,
    [jobId, number],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`attempt ${number} of job ${jobId} is not there`);
  return {
    jobId: row.job_id,
    number: row.number,
    slot: row.slot,
    epoch: row.lease_epoch,
    sessionId: row.session_id,
    model: row.model,
    prompt: row.prompt,
    turns: row.turns,
    firstOfTurn: row.first_of_turn,
    options: row.options,
    budgetUsd: row.budget_usd,
    command: row.command === null ? null : { argv: row.command, environment: row.environment ?? {} },
    timeoutMs: Number(row.timeout_ms),
    startedAtMs: nowMs - row.age_ms,
    containerStartedAtMs: row.container_age_ms === null ? null : nowMs - row.container_age_ms,
    keyId: row.key_id,
    outcome: row.outcome,
  };
}

const columns = (keys: readonly LeaseKey[]) => [keys.map((key) => key.jobId), keys.map((key) => key.number), keys.map((key) => key.epoch)];

/** What a holder is told when it renews. */
export interface Renewed extends LeaseKey {
  cancelRequested: boolean;
  waitsForApproval: boolean;
}

/** Renews the leases that are still held; what is missing from the answer was taken over. Units: milliseconds. */
export async function renewLeases(client: Queryable, keys: readonly LeaseKey[], leaseMs: number): Promise<Renewed[]> {
  const { rows } = await client.query<{ job_id: string; number: number; lease_epoch: number; cancelled: boolean; waits: boolean }>(
    `update attempts a set lease_until = now() + $1 * interval '1 millisecond'
     from unnest($2::uuid[], $3::integer[], $4::integer[]) as held (job_id, number, epoch), jobs j
     where a.job_id = held.job_id and a.number = held.number and a.lease_epoch = held.epoch and a.state = 'running' and j.id = a.job_id
     returning a.job_id, a.number, a.lease_epoch, j.cancel_requested_at is not null as cancelled, j.state = 'waiting-for-approval' as waits`,
    [leaseMs, ...columns(keys)],
  );
  return rows.map((row) => ({ jobId: row.job_id, number: row.number, epoch: row.lease_epoch, cancelRequested: row.cancelled, waitsForApproval: row.waits }));
}

/** Takes over unfinished attempts whose lease ran out and, at a worker's start, those of its own name. */
export async function adoptLeases(
  client: Queryable,
  worker: string,
  { leaseMs, starting, nowMs }: { leaseMs: number; starting: boolean; nowMs: number },
): Promise<Lease[]> {
  const { rows } = await client.query<{ job_id: string; number: number }>(
    `update attempts set worker = $1, lease_epoch = lease_epoch + 1, lease_until = now() + $2 * interval '1 millisecond'
     where state = 'running' and (lease_until < now() or ($3 and worker = $1)) returning job_id, number`,
    [worker, leaseMs, starting],
  );
  return Promise.all(rows.map((row) => requireLease(client, { jobId: row.job_id, number: row.number }, nowMs)));
}

/** Lets go of leases at once, so that another worker, or this one's next process, need not wait for them to run out. */
export async function releaseLeases(client: Queryable, keys: readonly LeaseKey[]): Promise<void> {
  await client.query(
    `update attempts a set lease_until = now() - interval '1 millisecond' from unnest($1::uuid[], $2::integer[], $3::integer[]) as held (job_id, number, epoch)
     where a.job_id = held.job_id and a.number = held.number and a.lease_epoch = held.epoch and a.state = 'running'`,
    columns(keys),
  );
}

/** Notes what was done for an attempt; false when the lease is another's. */
export async function noteProgress(
  client: Queryable,
  { jobId, number, epoch }: LeaseKey,
  progress: { keyId: string } | { containerStarted: true },
): Promise<boolean> {
  const [assignment, values] = "keyId" in progress ? ["key_id = $4", [progress.keyId]] : ["container_started_at = coalesce(container_started_at, now())", []];
  const { rowCount } = await client.query(`update attempts set ${assignment} where job_id = $1 and number = $2 and lease_epoch = $3 and state = 'running'`, [
    jobId,
    number,
    epoch,
    ...values,
  ]);
  return rowCount === 1;
}
