import type { JobState } from "./job-types.ts";

export const missedPolicies = ["once", "skip", "all"] as const;
export type MissedPolicy = (typeof missedPolicies)[number];

/** Shape: times are ISO 8601; either `prompt` or `command` is null. Units: milliseconds. */
export interface Schedule {
  id: string;
  name: string;
  schedule: string;
  timeZone: string;
  prompt: string | null;
  model: string | null;
  command: string[] | null;
  /** Names only; values are never shown. */
  environment: string[];
  maxAttempts: number;
  timeoutMs: number | null;
  noOverlap: boolean;
  missed: MissedPolicy;
  missedLimit: number;
  /** Of an import: its section in the file. */
  source: string | null;
  pausedAt: string | null;
  /** Why it paused itself. */
  problem: string | null;
  nextDueAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Units: US dollars. */
export interface RunTotals {
  days: number;
  jobs: number;
  succeeded: number;
  failed: number;
  totalCostUsd: number;
  averageCostUsd: number | null;
}

export interface ScheduleWithTotals extends Schedule {
  totals: RunTotals[];
}

export interface SchedulesPage {
  schedules: Schedule[];
  nextCursor: string | null;
}

/** What became of one time at which a schedule was due. */
export interface ScheduleRun {
  id: string;
  dueAt: string;
  missedSince: string | null;
  cause: "schedule" | "catch-up" | "request";
  outcome: "job" | "overlap" | "missed";
  at: string;
  job: { id: string; state: JobState; startedAt: string | null; finishedAt: string | null; costUsd: number | null; error: string | null } | null;
}

export interface RunsPage {
  runs: ScheduleRun[];
  nextCursor: string | null;
}

/** What is sent for a new schedule, and in part for a change. */
export interface ScheduleWish {
  name: string;
  schedule: string;
  timeZone: string;
  prompt?: string;
  model?: string;
  command?: string[];
  environment?: Record<string, string>;
  maxAttempts?: number;
  timeoutMs?: number | null;
  noOverlap: boolean;
  missed: MissedPolicy;
  missedLimit: number;
}

export interface NextRuns {
  timeZone: string;
  next: string[];
}

/** Something in a cron file, with what to do about it. */
export interface Finding {
  position: { line: number; column: number };
  job: string | null;
  message: string;
  cure: string;
}

export interface ImportedJob {
  kind: string;
  name: string;
  line: number;
  schedule: string;
  timeZone: string;
  next: string[];
  command: string;
  verdict: "accepted" | "mapped" | "refused";
  notes: Finding[];
  refusals: Finding[];
}

export interface ImportReport {
  ok: boolean;
  jobs: ImportedJob[];
  errors: Finding[];
  warnings: Finding[];
  schedules: Schedule[];
}

export interface ImportWish {
  text: string;
  timeZone: string;
  dialect: "mcuadros" | "netresearch";
  replaceContainers: boolean;
  update: boolean;
  missed: MissedPolicy;
}
