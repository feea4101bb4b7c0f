import { type JobState, jobStates } from "@freehold/kernel/api/job-state";
export const isJobState = (text: string): text is JobState => (jobStates as readonly string[]).includes(text);

/** Whether the job may still change by itself. */
export const isActive = ({ state }: { state: JobState }): boolean => state !== "succeeded" && state !== "failed" && state !== "cancelled";

/** Whether it has a container now. */
export const isRunning = ({ state }: { state: JobState }): boolean => state === "running" || state === "waiting-for-approval";

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
  costUsd?: number | null;
  turn?: number;
}

/** What an owner asked for, in the order in which it was asked. */
export interface Turn {
  number: number;
  prompt: string;
  at: string;
}

export const permissionModes = ["bypassPermissions", "ask", "acceptEdits", "plan", "dontAsk"] as const;
export type PermissionMode = (typeof permissionModes)[number];

export const deliveries = ["none", "push", "pull-request"] as const;
export type Delivery = (typeof deliveries)[number];

export interface Repository {
  url: string;
  branch?: string | null;
  newBranch?: string | null;
  credential?: string | null;
  deliver?: Delivery;
}

/** Servers of tools by name. */
export type McpServers = Record<
  string,
  { command: string; args?: string[]; env?: Record<string, string> } | { type: "http" | "sse"; url: string; headers?: Record<string, string> }
>;

export const jobNoticeKinds = ["job.succeeded", "job.failed", "job.cancelled", "approval.requested"] as const;
export type JobNoticeKind = (typeof jobNoticeKinds)[number];

/** Where a job's own end is told, and of what. */
export interface JobWebhook {
  url: string;
  events?: JobNoticeKind[];
  secret?: string;
}

/** What every job, and every template of one, can be told about how it runs. Units: US dollars, milliseconds. */
export interface JobOptions {
  model?: string;
  maxAttempts?: number;
  timeoutMs?: number;
  priority?: number;
  allowedTools?: string[];
  disallowedTools?: string[];
  permissionMode?: PermissionMode;
  approvalTimeoutMs?: number;
  budgetUsd?: number;
  stallMs?: number;
  retryDelayMs?: number;
  systemPrompt?: string;
  mcpServers?: McpServers;
  webhook?: JobWebhook;
}

/** Shape: times are ISO 8601; lists cut `prompt` and `result`. What older workers don't tell is absent. */
export interface Job {
  id: string;
  title: string;
  prompt: string;
  command?: string[] | null;
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
  turns?: Turn[];
  timeoutMs?: number | null;
  priority?: number;
  budgetUsd?: number | null;
  stallMs?: number | null;
  permissionMode?: PermissionMode;
  allowedTools?: string[] | null;
  disallowedTools?: string[] | null;
  retryDelayMs?: number | null;
  systemPrompt?: string | null;
  /** Of variables and headers only the names. */
  mcpServers?: Record<string, object> | null;
  /** Shape: `target` is the origin alone. */
  webhook?: { target: string; events: string[] } | null;
  repositoryUrl?: string | null;
  template?: string | { name: string } | null;
  scheduleId?: string | null;
}

export interface JobsPage {
  jobs: Job[];
  nextCursor: string | null;
}

/** A file that goes with a new job: uploaded before, or written in the form. */
export interface JobFile {
  path: string;
  uploadId?: string;
  text?: string;
}

export interface NewJob extends JobOptions {
  prompt?: string;
  template?: string;
  inputs?: Record<string, string>;
  title?: string;
  files?: JobFile[];
  data?: JobFile[];
  instructions?: string;
  repository?: Repository;
  idempotencyKey: string;
}
