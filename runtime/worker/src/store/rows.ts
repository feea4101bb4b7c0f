import type { Attempt, Job, Turn } from "../job.ts";
import { viewOptions, type JobOptions } from "../job-options.ts";
import type { JobWebhook } from "../notices/job-webhook.ts";
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
  priority: number;
  options: JobOptions;
  budget_usd: number | null;
  schedule_id: string | null;
  webhook: JobWebhook | null;
  repository_url: string | null;
  turn: number;
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
  turn: number;
  state: AttemptState;
  session_id: string;
  started_at: Date;
  finished_at: Date | null;
  exit_code: number | null;
  error_code: string | null;
  error_message: string | null;
}

export interface TurnRow {
  job_id: string;
  number: number;
  prompt: string;
  at: Date;
}

const plainColumns = `id, title, command, model, state, max_attempts, timeout_ms, priority, budget_usd, schedule_id, webhook, turn, created_at, started_at, finished_at,
  cancel_requested_at, error_code, error_message, cost_usd, provider, (select url from job_repositories where job_id = jobs.id) as repository_url`;

export const jobColumns = `${plainColumns}, prompt, result, options`;
/** What a list shows of a job; `$1` is how many characters of its texts. */
export const shortJobColumns = `${plainColumns}, left(prompt, $1) as prompt, left(result, $1) as result, options - 'systemPrompt' as options`;

const iso = (time: Date | null) => time?.toISOString() ?? null;
const errorOf = ({ error_code: code, error_message: message }: { error_code: string | null; error_message: string | null }) =>
  code === null ? null : { code, message: message ?? "" };

/** A job with its own among the given attempts and turns. */
export function toJob(row: JobRow, { attempts, turns }: { attempts: AttemptRow[]; turns: TurnRow[] }): Job {
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
    priority: row.priority,
    budgetUsd: row.budget_usd,
    scheduleId: row.schedule_id,
    webhook: row.webhook === null ? null : { target: row.webhook.target, events: row.webhook.events },
    repositoryUrl: row.repository_url,
    ...viewOptions(row.options),
    result: row.result,
    error: errorOf(row),
    costUsd: row.cost_usd,
    provider: row.provider,
    turns: turns.filter((turn) => turn.job_id === row.id).map(toTurn),
    attempts: attempts.filter((attempt) => attempt.job_id === row.id).map(toAttempt),
  };
}

const toTurn = ({ number, prompt, at }: TurnRow): Turn => ({ number, prompt, at: at.toISOString() });

function toAttempt(row: AttemptRow): Attempt {
  return {
    number: row.number,
    turn: row.turn,
    state: row.state,
    sessionId: row.session_id,
    startedAt: row.started_at.toISOString(),
    finishedAt: iso(row.finished_at),
    exitCode: row.exit_code,
    error: errorOf(row),
  };
}
