import { randomUUID } from "node:crypto";

export interface ScriptedFile {
  content: string | Buffer;
  type: string;
  modifiedAt: string;
}

export interface ScriptedJob {
  job: Record<string, unknown> & { id: string; state: string; attempts: Record<string, unknown>[] };
  lines: string[];
  files: Map<string, ScriptedFile>;
}

/** Plays a job: pushes lines and files, with pauses. */
export type Play = (job: ScriptedJob, say: (event: object) => Promise<void>) => Promise<void>;

export function newJob(fields: Record<string, unknown>): ScriptedJob {
  const job = {
    id: randomUUID(),
    model: null,
    state: "queued",
    createdAt: new Date().toISOString(),
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    maxAttempts: 3,
    result: null,
    error: null,
    costUsd: null,
    provider: null,
    repositoryUrl: null,
    attempts: [],
    ...fields,
  };
  return { job, lines: [], files: new Map() };
}
