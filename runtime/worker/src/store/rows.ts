import type { Attempt, Job } from "../job.ts";
import type { AttemptState, JobState } from "../job-states.ts";

export interface JobRow {
  id: string;
  title: string;
  prompt: string;
  command: string[] | null;
  model: string | null;
  state: JobState;
  max_attempts: number;
  timeout_ms: string;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  cancel_requested_at: Date | null;
  result: string | null;
  error_code: string | null;
  error_message: string | null;
  cost_usd: number | null;
  provider: string | null;
}

export interface AttemptRow {
  job_id: string;
  number: number;
  state: AttemptState;
  session_id: string;
  started_at: Date;
  finished_at: Date | null;
  exit_code: number | null;
  error_code: string | null;
  error_message: string | null;
}

/** What a list shows of a job; `$1` is how many characters of its texts. */
export const shortJobColumns = `id, title, left(prompt, $1) as prompt, command, model, state, max_attempts, timeout_ms, created_at, started_at, finished_at,
  cancel_requested_at, left(result, $1) as result, error_code, error_message, cost_usd, provider`;

const iso = (time: Date | null) => time?.toISOString() ?? null;
const errorOf = ({ error_code: code, error_message: message }: { error_code: string | null; error_message: string | null }) =>
  code === null ? null : { code, message: message ?? "" };

export function toJob(row: JobRow, attempts: AttemptRow[]): Job {
  return {
    id: row.id,
    title: row.title,
    prompt: row.prompt,
    command: row.command,
    model: row.model,
    state: row.state,
    createdAt: row.created_at.toISOString(),
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    cancelRequestedAt: iso(row.cancel_requested_at),
    maxAttempts: row.max_attempts,
    timeoutMs: Number(row.timeout_ms),
    result: row.result,
    error: errorOf(row),
    costUsd: row.cost_usd,
    provider: row.provider,
    attempts: attempts.map(toAttempt),
  };
}

function toAttempt(row: AttemptRow): Attempt {
  return {
    number: row.number,
    state: row.state,
    sessionId: row.session_id,
    startedAt: row.started_at.toISOString(),
    finishedAt: iso(row.finished_at),
    exitCode: row.exit_code,
    error: errorOf(row),
  };
}
