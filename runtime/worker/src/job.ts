import type { JobState } from "@freehold/kernel/api/job-state";
import type { viewOptions } from "./job-options.ts";
import type { AttemptState } from "./job-states.ts";

export interface JobError {
  code: string;
  message: string;
}

/** One run of a job in one container. Shape: times are ISO 8601. */
export interface Attempt {
  number: number;
  /** Which of the job's turns it ran. */
  turn: number;
  state: AttemptState;
  sessionId: string;
  startedAt: string;
  finishedAt: string | null;
  exitCode: number | null;
  error: JobError | null;
}

/** What an ended job was asked for later. The first turn, number 1, is the job's own prompt. */
export interface Turn {
  number: number;
  prompt: string;
  at: string;
}

/** A job as the API shows it. Shape: times are ISO 8601; lists cut prompts and `result` to 300 characters, and leave out `systemPrompt`. */
export interface Job extends ReturnType<typeof viewOptions> {
  id: string;
  title: string;
  prompt: string;
  /** What the container runs instead of a prompt, which is then empty. */
  command: string[] | null;
  model: string | null;
  state: JobState;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  maxAttempts: number;
  timeoutMs: number;
  priority: number;
  /** Of the whole job. Units: US dollars. */
  budgetUsd: number | null;
  scheduleId: string | null;
  /** Who is told of it, without what may be secret in the address. */
  webhook: { target: string; events: string[] } | null;
  /** Where it was cloned from; all else of it has a route of its own. */
  repositoryUrl: string | null;
  result: string | null;
  error: JobError | null;
  costUsd: number | null;
  provider: string | null;
  turns: Turn[];
  attempts: Attempt[];
}
