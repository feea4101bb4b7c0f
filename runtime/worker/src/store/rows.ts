import type { JobState } from "@freehold/kernel/api/job-state";
import type { Attempt, Job, Turn } from "../job.ts";
import { viewOptions, type JobOptions } from "../job-options.ts";
import type { JobWebhook } from "../notices/job-webhook.ts";
import type { AttemptState } from "../job-states.ts";

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
  attempts: AttemptRow[] | null;
  turns: TurnRow[] | null;
}

/** As it comes in JSON. Shape: times as PostgreSQL writes them there. */
interface AttemptRow {
  number: number;
  turn: number;
  state: AttemptState;
  session_id: string;
  started_at: string;
  finished_at: string | null;
  exit_code: number | null;
  error_code: string | null;
  error_message: string | null;
}

interface TurnRow {
  number: number;
  prompt: string;
  at: string;
}

const plainColumns = `id, title, command, model, state, max_attempts, timeout_ms, priority, budget_usd, schedule_id, webhook, turn, created_at, started_at, finished_at,
  cancel_requested_at, error_code, error_message, cost_usd, provider, (select url from job_repositories where job_id = jobs.id) as repository_url`;

/** The history comes with its job: asking for it apart would cost a list a second round. Few jobs have later turns. */
const historyColumns = (prompt: string) => `
  (select json_agg(a order by a.number) from (select number, turn, state, session_id, started_at, finished_at, exit_code, error_code, error_message
    from attempts where job_id = jobs.id) as a) as attempts,
  case when turn > 1 then (select json_agg(t order by t.number) from (select number, ${prompt} as prompt, at from job_turns where job_id = jobs.id) as t) end as turns`;

export const jobColumns = `${plainColumns}, prompt, result, options, ${historyColumns("prompt")}`;
/** What a list shows of a job; `$1` is how many characters of its texts. */
export const shortJobColumns = `${plainColumns}, left(prompt, $1) as prompt, left(result, $1) as result, options - 'systemPrompt' as options,
  ${historyColumns("left(prompt, $1)")}`;

const iso = (time: Date | string | null) => (time === null ? null : isoOf(time));
const isoOf = (time: Date | string) => new Date(time).toISOString();
const errorOf = ({ error_code: code, error_message: message }: { error_code: string | null; error_message: string | null }) =>
  code === null ? null : { code, message: message ?? "" };

export function toJob(row: JobRow): Job {
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
    turns: (row.turns ?? []).map(toTurn),
    attempts: (row.attempts ?? []).map(toAttempt),
  };
}

const toTurn = ({ number, prompt, at }: TurnRow): Turn => ({ number, prompt, at: isoOf(at) });

function toAttempt(row: AttemptRow): Attempt {
  return {
    number: row.number,
    turn: row.turn,
    state: row.state,
    sessionId: row.session_id,
    startedAt: isoOf(row.started_at),
    finishedAt: iso(row.finished_at),
    exitCode: row.exit_code,
    error: errorOf(row),
  };
}
