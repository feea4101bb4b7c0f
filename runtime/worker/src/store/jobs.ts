import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { addInputs } from "../inputs/prepare-inputs.ts";
import { addRepository } from "../repositories/repository-store.ts";
import { timeOfJobId } from "../job-id.ts";
import { optionsOf } from "../job-options.ts";
import type { Job } from "../job.ts";
import { digestOf, titleOf, type JobRequest } from "../job-request.ts";
import type { JobWebhook } from "../notices/job-webhook.ts";
import type { Queue } from "../queue.ts";
import { addEvent } from "./events.ts";
import { enqueue } from "./queue-entries.ts";
import { jobColumns, toJob, type JobRow } from "./rows.ts";

export interface NewJob {
  id: string;
  request: JobRequest;
  /** Instead of a prompt, which is then empty: what the container runs. */
  command?: { argv: string[]; environment: Record<string, string> };
  timeoutMs: number;
  /** The schedule that made it. */
  scheduleId?: string;
  webhook?: JobWebhook;
  worker: string;
}

/**
 * Stores a job and its queue entry in one transaction. A known idempotency key gives the earlier job instead.
 * Throws: AppError `job.idempotency-mismatch` when that earlier job was asked for with another body.
 */
export async function insertJob(pool: Pool, queue: Queue, job: NewJob): Promise<{ job: Job; created: boolean }> {
  return inTransaction(pool, (client) => addJob(client, queue, job));
}

/** The same inside the caller's transaction. */
export async function addJob(client: Client, queue: Queue, job: NewJob): Promise<{ job: Job; created: boolean }> {
  const { request, command } = job;
  const { rowCount } = await client.query(
    `insert into jobs (id, title, prompt, model, max_attempts, timeout_ms, idempotency_key, request_sha256, command, environment, priority, options, budget_usd,
       schedule_id, created_at, webhook)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict (idempotency_key) do nothing`,
    [
      job.id,
      titleOf(request),
      request.prompt,
      request.model ?? null,
      request.maxAttempts,
      job.timeoutMs,
      request.idempotencyKey ?? null,
      digestOf(request),
      command === undefined ? null : JSON.stringify(command.argv),
      command === undefined ? null : JSON.stringify(command.environment),
      request.priority ?? 0,
      JSON.stringify(optionsOf(request)),
      request.budgetUsd ?? null,
      job.scheduleId ?? null,
      new Date(timeOfJobId(job.id)),
      job.webhook === undefined ? null : JSON.stringify(job.webhook),
    ],
  );
  if (rowCount === 0) return { job: await earlierJob(client, request), created: false };
  await enqueue(client, queue, job.id);
  await addInputs(client, job.id, request);
  await addRepository(client, job.id, request.repository);
  await addEvent(client, { jobId: job.id, kind: "job.queued", worker: job.worker });
  return { job: await requireJob(client, job.id), created: true };
}

async function earlierJob(client: Queryable, request: JobRequest): Promise<Job> {
  const { rows } = await client.query<{ id: string; request_sha256: string }>("select id, request_sha256 from jobs where idempotency_key = $1", [
    request.idempotencyKey,
  ]);
  const earlier = rows[0];
  if (earlier?.request_sha256 !== digestOf(request))
    throw fault(
      "job.idempotency-mismatch",
      `The idempotency key ${request.idempotencyKey} belongs to job ${earlier?.id}, which was asked for with another body. Use a new key.`,
    );
  return requireJob(client, earlier.id);
}

/** Throws: AppError `job.unknown`. */
export async function requireJob(client: Queryable, id: string): Promise<Job> {
  const { rows } = await client.query<JobRow>(`select ${jobColumns} from jobs where id = $1`, [id]);
  const row = rows[0];
  if (row === undefined) throw fault("job.unknown", `There is no job ${id}.`);
  return toJob(row);
}

/** The job's state once that attempt has ended; null while it runs. */
export async function stateOfEnded(pool: Queryable, jobId: string, attempt: number): Promise<{ job: JobState } | null> {
  const { rows } = await pool.query<{ state: JobState }>(
    "select j.state from jobs j join attempts a on a.job_id = j.id where j.id = $1 and a.number = $2 and a.state <> 'running'",
    [jobId, attempt],
  );
  return rows[0] === undefined ? null : { job: rows[0].state };
}
