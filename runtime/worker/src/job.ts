import type { AttemptState, JobState } from "./job-states.ts";

export interface JobError {
  code: string;
  message: string;
}

/** One run of a job in one container. Shape: times are ISO 8601. */
export interface Attempt {
  number: number;
  state: AttemptState;
  sessionId: string;
  startedAt: string;
  finishedAt: string | null;
  exitCode: number | null;
  error: JobError | null;
}

/** A job as the API shows it. Shape: times are ISO 8601; lists cut `prompt` and `result` to 1,000 characters. */
export interface Job {
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
  result: string | null;
  error: JobError | null;
  costUsd: number | null;
  provider: string | null;
  attempts: Attempt[];
}
