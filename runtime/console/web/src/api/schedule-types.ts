import type { MissedPolicy, RunTotals, ScheduleRun, ScheduleView } from "@freehold/kernel/api/schedule";

export interface ScheduleWithTotals extends ScheduleView {
  totals: RunTotals[];
}

export interface SchedulesPage {
  schedules: ScheduleView[];
  nextCursor: string | null;
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
  schedules: ScheduleView[];
}

export interface ImportWish {
  text: string;
  timeZone: string;
  dialect: "mcuadros" | "netresearch";
  replaceContainers: boolean;
  update: boolean;
  missed: MissedPolicy;
}
