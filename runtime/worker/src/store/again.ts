import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { isFinal, transitions } from "../job-states.ts";
import type { Job } from "../job.ts";
import type { Queue } from "../queue.ts";
import { addEvent } from "./events.ts";
import { requireJob } from "./jobs.ts";
import { enqueue } from "./queue-entries.ts";

interface Ended {
  state: JobState;
  turn: number;
  isCommand: boolean;
}

async function lockEnded(client: Client, jobId: string): Promise<Ended> {
  const { rows } = await client.query<{ state: JobState; turn: number; is_command: boolean }>(
    "select state, turn, command is not null as is_command from jobs where id = $1 for update",
    [jobId],
  );
  const row = rows[0];
  if (row === undefined) throw fault("job.unknown", `There is no job ${jobId}.`);
  if (!isFinal(row.state)) throw fault("job.not-ended", `Job ${jobId} has not ended: it is ${row.state}. Wait for its end, or cancel it.`);
  return { state: row.state, turn: row.turn, isCommand: row.is_command };
}

/** Queues an ended job once more, in a round of its own: it has all of its attempts again. */
async function queueAgain(client: Client, queue: Queue, jobId: string, next: JobState | null): Promise<void> {
  await client.query(
    `update jobs set state = $2, round = round + 1, finished_at = null, cancel_requested_at = null, result = null, error_code = null, error_message = null
     where id = $1`,
    [jobId, next],
  );
  await enqueue(client, queue, jobId);
}

/** Gives a failed or cancelled job another attempt. Throws: AppError `job.unknown`, `job.not-ended`, `job.succeeded`. */
export async function retryJob(pool: Pool, queue: Queue, jobId: string, worker: string): Promise<Job> {
  return inTransaction(pool, async (client) => {
    const { state } = await lockEnded(client, jobId);
    const next = transitions[state]["retry-requested"];
    if (next === null)
      throw fault("job.succeeded", `Job ${jobId} has succeeded, so there is nothing to be tried again. Resume it with a further prompt instead.`);
    await queueAgain(client, queue, jobId, next);
    await addEvent(client, { jobId, kind: "job.retry-requested", worker });
    return requireJob(client, jobId);
  });
}

export interface NewTurn {
  prompt: string;
  /** What may be spent from now on. Units: US dollars. */
  budgetUsd?: number | undefined;
  timeoutMs?: number | undefined;
}

/** An ended job goes on with another prompt, in its session and its workspace. Throws: AppError `job.unknown`, `job.not-ended`, `job.no-session`. */
export async function resumeJob(
  pool: Pool,
  queue: Queue,
  { jobId, worker, turn: { prompt, budgetUsd, timeoutMs }, nowMs }: { jobId: string; worker: string; turn: NewTurn; nowMs: number },
): Promise<Job> {
  return inTransaction(pool, async (client) => {
    const { state, turn, isCommand } = await lockEnded(client, jobId);
    if (isCommand) throw fault("job.no-session", `Job ${jobId} ran a command, which has no session to go on with. Retry it, or make a new job.`);
    await client.query("insert into job_turns (job_id, number, prompt, at) values ($1, $2, $3, $4)", [jobId, turn + 1, prompt, new Date(nowMs)]);
    await client.query(
      `update jobs set turn = $2, timeout_ms = coalesce($3, timeout_ms), budget_usd = case when $4::float8 is null then budget_usd else coalesce(cost_usd, 0) + $4 end
       where id = $1`,
      [jobId, turn + 1, timeoutMs ?? null, budgetUsd ?? null],
    );
    await queueAgain(client, queue, jobId, transitions[state]["resume-requested"]);
    await addEvent(client, { jobId, kind: "job.resume-requested", worker, detail: { turn: turn + 1 } });
    return requireJob(client, jobId);
  });
}
