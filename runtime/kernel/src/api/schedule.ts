import type { JobState } from "./job-state.ts";

/** What happens to times that were due while no worker was there: nothing, one run for all of them, or a run for each of the newest. */
export const missedPolicies = ["skip", "once", "all"] as const;
export type MissedPolicy = (typeof missedPolicies)[number];

/** A schedule as the API shows it. Shape: times are ISO 8601; either `prompt` or `command` is null. */
export interface ScheduleView {
  id: string;
  name: string;
  schedule: string;
  timeZone: string;
  prompt: string | null;
  model: string | null;
  command: string[] | null;
  /** Names only; values may be secrets. */
  environment: string[];
  maxAttempts: number;
  timeoutMs: number | null;
  noOverlap: boolean;
  missed: MissedPolicy;
  missedLimit: number;
  /** Of an import: the section, such as `[job-local "tidy"]`. */
  source: string | null;
  pausedAt: string | null;
  /** Why it paused itself. */
  problem: string | null;
  /** Null when it is paused, or never runs. */
  nextDueAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export const runCauses = ["schedule", "catch-up", "request"] as const;
export const runOutcomes = ["job", "overlap", "missed"] as const;

/** What became of one time at which a schedule was due, or of several missed ones. */
export interface ScheduleRun {
  id: string;
  dueAt: string;
  missedSince: string | null;
  cause: (typeof runCauses)[number];
  outcome: (typeof runOutcomes)[number];
  at: string;
  job: { id: string; state: JobState; startedAt: string | null; finishedAt: string | null; costUsd: number | null; error: string | null } | null;
}

/** What a schedule's jobs of some days came to. */
export interface RunTotals {
  days: number;
  jobs: number;
  succeeded: number;
  failed: number;
  totalCostUsd: number;
  averageCostUsd: number | null;
}
