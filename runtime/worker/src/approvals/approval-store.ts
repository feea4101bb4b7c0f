import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { AppError } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";
import { transitions, type JobEvent } from "../job-states.ts";
import { addEvent } from "../store/events.ts";
import type { LeaseKey } from "../store/leases.ts";
import { toApproval, type Approval, type ApprovalRow, type ApprovalState } from "./approval.ts";
import type { Decision } from "./answer-token.ts";

export interface Asked {
  id: string;
  requestId: string;
  toolUseId: string;
  tool: string;
  /** As JSON, exactly as it was asked. */
  input: string;
  summary: string;
  /** By the clock of the container's machine. */
  askedAtMs: number;
  timeoutMs: number;
}

/**
 * Puts a request before the owner, once however often it is read. Approval, state of the job and notices commit together.
 * Shape: false when the lease is another's, or the job is being cancelled.
 */
export async function askApproval(pool: Pool, key: LeaseKey, worker: string, asked: Asked): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ state: JobState }>(
      `select j.state from jobs j join attempts a on a.job_id = j.id
       where j.id = $1 and a.number = $2 and a.lease_epoch = $3 and a.state = 'running' and j.cancel_requested_at is null for update`,
      [key.jobId, key.number, key.epoch],
    );
    if (rows[0] === undefined) return false;
    const { rowCount } = await client.query(
      `insert into approvals (id, job_id, attempt, request_id, tool_use_id, tool, input, summary, requested_at, expires_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, least(now(), greatest(a.started_at, $9::timestamptz)), now() + $10 * interval '1 millisecond'
       from attempts a where a.job_id = $2 and a.number = $3 on conflict (job_id, attempt, request_id) do nothing`,
      [asked.id, key.jobId, key.number, asked.requestId, asked.toolUseId, asked.tool, asked.input, asked.summary, new Date(asked.askedAtMs), asked.timeoutMs],
    );
    if (rowCount === 0) return true;
    await advance(client, key.jobId, rows[0].state, "approval-asked");
    await addEvent(client, { jobId: key.jobId, attempt: key.number, kind: "approval.asked", worker, detail: { approval: asked.id, tool: asked.tool } });
    return true;
  });
}

export interface Answer {
  decision: Decision;
  message: string | null;
  by: string;
}

/**
 * Answers an approval once; whoever comes second is told the first answer. Throws: AppError `approval.unknown`, `approval.answered`.
 */
export async function answerApproval(pool: Pool, id: string, worker: string, { decision, message, by }: Answer): Promise<Approval> {
  return inTransaction(pool, async (client) => {
    const { jobId } = await requireApproval(client, id);
    const state = await lockJob(client, jobId);
    const { rowCount } = await client.query(
      `update approvals set state = $2, answered_at = now(), answered_by = $3, message = $4 where id = $1 and state = 'pending' and expires_at > now()`,
      [id, decision === "allow" ? "allowed" : "denied", by, message],
    );
    const approval = await requireApproval(client, id);
    if (rowCount === 0) throw answeredAlready(approval);
    await goOnIfNonePends(client, jobId, state);
    await addEvent(client, { jobId, attempt: approval.attempt, kind: `approval.${approval.state}`, worker, detail: { approval: id, tool: approval.tool, by } });
    return approval;
  });
}

function answeredAlready(approval: Approval): AppError {
  const { code, status } = fault("approval.answered", "");
  const state: ApprovalState = approval.state === "pending" ? "expired" : approval.state;
  const told = {
    pending: "",
    allowed: `It was allowed by ${approval.answeredBy} already.`,
    denied: `It was denied by ${approval.answeredBy} already.`,
    expired: `Nobody had answered by ${approval.expiresAt}, so it was denied.`,
    withdrawn: "The job asks no longer: it was cancelled, or its attempt has ended.",
  };
  return new AppError(code, told[state], { status, details: { approval: { ...approval, state } } });
}

/** Denies what nobody answered in time. Returns how many that were. */
export async function expireApprovals(pool: Pool, jobId: string, worker: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    const state = await lockJob(client, jobId);
    const { rows } = await client.query<{ id: string; attempt: number; tool: string }>(
      "update approvals set state = 'expired', answered_at = now() where job_id = $1 and state = 'pending' and expires_at <= now() returning id, attempt, tool",
      [jobId],
    );
    for (const { id, attempt, tool } of rows) await addEvent(client, { jobId, attempt, kind: "approval.expired", worker, detail: { approval: id, tool } });
    if (rows.length > 0) await goOnIfNonePends(client, jobId, state);
    return rows.length;
  });
}

/** Job first, then its approvals: all who change them lock in this order. */
async function lockJob(client: Client, jobId: string): Promise<JobState> {
  const { rows } = await client.query<{ state: JobState }>("select state from jobs where id = $1 for update", [jobId]);
  if (rows[0] === undefined) throw fault("job.unknown", `There is no job ${jobId}.`);
  return rows[0].state;
}

async function goOnIfNonePends(client: Client, jobId: string, state: JobState): Promise<void> {
  const { rows } = await client.query("select from approvals where job_id = $1 and state = 'pending' limit 1", [jobId]);
  if (rows.length === 0) await advance(client, jobId, state, "approval-answered");
}

async function advance(client: Client, jobId: string, state: JobState, event: JobEvent): Promise<void> {
  const next = transitions[state][event];
  if (next !== null && next !== state) await client.query("update jobs set state = $2 where id = $1", [jobId, next]);
}

const withTitle = "select a.*, j.title as job_title from approvals a join jobs j on j.id = a.job_id";

/** Throws: AppError `approval.unknown`. */
export async function requireApproval(client: Queryable, id: string): Promise<Approval> {
  const { rows } = await client.query<ApprovalRow>(`${withTitle} where a.id = $1`, [id]);
  if (rows[0] === undefined) throw fault("approval.unknown", `There is no approval ${id}.`);
  return toApproval(rows[0]);
}

/** Where a page ended: with the approval of this time and id. Units: microseconds since 1970, since two may be asked within one millisecond. */
export interface ApprovalPlace {
  askedUs: string;
  id: string;
}

export interface ApprovalQuery {
  limit: number;
  state?: "pending" | "answered" | undefined;
  jobId?: string | undefined;
  /** The last one already seen; it may be gone since. */
  before?: ApprovalPlace | undefined;
}

/** A page of those asked last, newest first. Shape: `next` is where it ended; null on the last page. */
export async function listApprovals(
  client: Queryable,
  { limit, state, jobId, before }: ApprovalQuery,
): Promise<{ approvals: Approval[]; next: ApprovalPlace | null }> {
  const { rows } = await client.query<ApprovalRow & { asked_us: string }>(
    `select a.*, j.title as job_title, (extract(epoch from a.requested_at) * 1000000)::bigint::text as asked_us
     from approvals a join jobs j on j.id = a.job_id
     where ($2::text is null or ($2 = 'pending') = (a.state = 'pending')) and ($3::uuid is null or a.job_id = $3)
       and ($4::bigint is null or (a.requested_at, a.id) < (timestamptz 'epoch' + $4 * interval '1 microsecond', $5::uuid))
     order by a.requested_at desc, a.id desc limit $1 + 1`,
    [limit, state ?? null, jobId ?? null, before?.askedUs ?? null, before?.id ?? null],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { approvals: rows.slice(0, limit).map(toApproval), next: last === undefined ? null : { askedUs: last.asked_us, id: last.id } };
}

/** What the holder of an attempt must know of its approvals. Units: milliseconds. */
export interface AttemptApprovals {
  rows: Pick<ApprovalRow, "request_id" | "state" | "message">[];
  /** For how long it has waited in all, waits side by side counted once. */
  waitedMs: number;
  overdue: boolean;
}

export async function approvalsOfAttempt(client: Queryable, { jobId, number }: Pick<LeaseKey, "jobId" | "number">): Promise<AttemptApprovals> {
  const { rows } = await client.query<AttemptApprovals["rows"][number] & { overdue: boolean; waited_ms: number }>(
    `with mine as (select * from approvals where job_id = $1 and attempt = $2),
     waits as (select unnest(range_agg(tstzrange(requested_at, coalesce(answered_at, now())))) as wait from mine)
     select request_id, state, message, state = 'pending' and expires_at <= now() as overdue,
       (select coalesce(sum(extract(epoch from upper(wait) - lower(wait))), 0)::double precision * 1000 from waits) as waited_ms
     from mine`,
    [jobId, number],
  );
  return { rows, waitedMs: rows[0]?.waited_ms ?? 0, overdue: rows.some(({ overdue }) => overdue) };
}
