import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import type { Job } from "../job.ts";
import { digestOf, titleOf, type JobRequest } from "../job-request.ts";
import type { JobState } from "../job-states.ts";
import type { Queue } from "../queue.ts";
import { addEvent } from "./events.ts";
import { shortJobColumns, toJob, type AttemptRow, type JobRow } from "./rows.ts";

const listedCharacters = 1_000;

export interface NewJob {
  id: string;
  request: JobRequest;
  /** Instead of a prompt, which is then empty: what the container runs. */
  command?: { argv: string[]; environment: Record<string, string> };
  timeoutMs: number;
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
    `insert into jobs (id, title, prompt, model, max_attempts, timeout_ms, idempotency_key, request_sha256, command, environment)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (idempotency_key) do nothing`,
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
    ],
  );
  if (rowCount === 0) return { job: await earlierJob(client, request), created: false };
  const entry = await queue.send(client, job.id);
  await client.query("update jobs set queue_entry = $2 where id = $1", [job.id, entry]);
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
  const { rows } = await client.query<JobRow>("select * from jobs where id = $1", [id]);
  const row = rows[0];
  if (row === undefined) throw fault("job.unknown", `There is no job ${id}.`);
  return toJob(row, await attemptsOf(client, [id]));
}

/** The newest jobs first; `before` is the id of the last one already seen. */
export async function listJobs(
  pool: Queryable,
  { state, limit, before }: { state?: JobState | undefined; limit: number; before?: string | undefined },
): Promise<Job[]> {
  const { rows } = await pool.query<JobRow>(
    `select ${shortJobColumns} from jobs where ($2::text is null or state = $2) and ($3::uuid is null or id < $3) order by id desc limit $4`,
    [listedCharacters, state ?? null, before ?? null, limit],
  );
  const attempts = await attemptsOf(
    pool,
    rows.map((row) => row.id),
  );
  return rows.map((row) =>
    toJob(
      row,
      attempts.filter((attempt) => attempt.job_id === row.id),
    ),
  );
}

async function attemptsOf(client: Queryable, ids: string[]): Promise<AttemptRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<AttemptRow>(
    `select job_id, number, state, session_id, started_at, finished_at, exit_code, error_code, error_message from attempts where job_id = any($1) order by job_id, number`,
    [ids],
  );
  return rows;
}

/** The job's state once that attempt has ended; null while it runs. */
export async function stateOfEnded(pool: Queryable, jobId: string, attempt: number): Promise<{ job: JobState } | null> {
  const { rows } = await pool.query<{ state: JobState }>(
    "select j.state from jobs j join attempts a on a.job_id = j.id where j.id = $1 and a.number = $2 and a.state <> 'running'",
    [jobId, attempt],
  );
  return rows[0] === undefined ? null : { job: rows[0].state };
}

/** Gives each queued job without a waiting entry a new one; a second entry would do no harm, since a claim looks at the job's state. */
export async function requeueForgotten(pool: Pool, queue: Queue, ids: string[]): Promise<void> {
  for (const id of ids)
    await inTransaction(pool, async (client) => {
      const { rows } = await client.query("select from jobs where id = $1 and state = 'queued' for update", [id]);
      if (rows.length > 0) await client.query("update jobs set queue_entry = $2 where id = $1", [id, await queue.send(client, id)]);
    });
}
