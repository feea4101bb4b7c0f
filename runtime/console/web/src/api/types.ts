export const jobStates = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];

export interface Fault {
  code: string;
  message: string;
}

/** Shape: times are ISO 8601. */
export interface Attempt {
  number: number;
  state: string;
  sessionId: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  exitCode: number | null;
  error: Fault | null;
}

/** Shape: times are ISO 8601; lists cut `prompt` and `result`. */
export interface Job {
  id: string;
  title: string;
  prompt: string;
  model: string | null;
  state: JobState;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt?: string | null;
  maxAttempts: number;
  result: string | null;
  error: Fault | null;
  costUsd: number | null;
  provider: string | null;
  attempts: Attempt[];
}

export interface JobsPage {
  jobs: Job[];
  nextCursor: string | null;
}

export interface NewJob {
  prompt: string;
  title?: string;
  model?: string;
  maxAttempts?: number;
  idempotencyKey: string;
}

export interface FileEntry {
  name: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  modifiedAt: string;
}

export interface Folder {
  path: string;
  entries: FileEntry[];
}

export interface Snapshot {
  id: string;
  createdAt: string;
  sizeBytes: number;
  addedBytes: number;
  files: number;
  durationMs: number;
  databases: string[];
}

export interface Backups {
  snapshots: Snapshot[];
  /** The worst case is plain text; a service that knows more says when and with which code. */
  lastError: string | { message?: string; detail?: string; code?: string; at?: string } | null;
}

export interface HomeState {
  stack: string;
  services: { name: string; ready: boolean; detail: string }[];
  provider: string | null;
}

export interface Providers {
  active: string;
  providers: { name: string; label: string; configured: boolean; active: boolean }[];
}

export const isActive = (job: Pick<Job, "state">): boolean => job.state === "queued" || job.state === "running";
