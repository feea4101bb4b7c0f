import { jobStates } from "@freehold/kernel/api/job-state";
import { missedPolicies, runCauses, runOutcomes, type RunTotals, type ScheduleRun, type ScheduleView } from "@freehold/kernel/api/schedule";
import { z } from "zod";
import { time } from "./job-answers.ts";

const view = z.object({
  id: z.uuid(),
  name: z.string(),
  schedule: z.string(),
  timeZone: z.string(),
  prompt: z.string().nullable(),
  model: z.string().nullable(),
  command: z.array(z.string()).nullable(),
  environment: z.array(z.string()).describe("Names only; values may be secrets"),
  maxAttempts: z.int(),
  timeoutMs: z.int().nullable(),
  noOverlap: z.boolean(),
  missed: z.enum(missedPolicies),
  missedLimit: z.int(),
  source: z.string().nullable().describe("Of an import: the section"),
  pausedAt: time.nullable(),
  problem: z.string().nullable().describe("Why it paused itself"),
  nextDueAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
}) satisfies z.ZodType<ScheduleView>;

/** A schedule as every route shows it. */
export const scheduleAnswer: z.ZodType<ScheduleView> = view.meta({ id: "Schedule" });

const totals = z.object({
  days: z.int(),
  jobs: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  totalCostUsd: z.number(),
  averageCostUsd: z.number().nullable(),
}) satisfies z.ZodType<RunTotals>;

export const scheduleWithTotals = view.extend({ totals: z.array(totals) }).meta({ id: "ScheduleWithTotals" });

export const runAnswer: z.ZodType<ScheduleRun> = z
  .object({
    id: z.string(),
    dueAt: time,
    missedSince: time.nullable(),
    cause: z.enum(runCauses),
    outcome: z.enum(runOutcomes),
    at: time,
    job: z
      .object({
        id: z.uuid(),
        state: z.enum(jobStates),
        startedAt: time.nullable(),
        finishedAt: time.nullable(),
        costUsd: z.number().nullable(),
        error: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: "ScheduleRun", description: "What became of one time at which a schedule was due, or of several missed ones." });

export const nextRunsAnswer = z.object({ timeZone: z.string(), next: z.array(z.iso.datetime({ offset: true })) }).meta({ id: "NextRuns" });

const finding = z
  .object({ position: z.object({ line: z.int(), column: z.int() }), job: z.string().nullable(), message: z.string(), cure: z.string() })
  .meta({ id: "Finding" });
const work = z.union([
  z.object({ kind: z.literal("prompt"), prompt: z.string(), model: z.string().optional() }),
  z.object({ kind: z.literal("command"), argv: z.array(z.string()), environment: z.record(z.string(), z.string()) }),
]);
const jobReport = z
  .object({
    verdict: z.enum(["accepted", "mapped", "refused"]),
    work: work.nullable(),
    timeoutMs: z.number().nullable(),
    notes: z.array(finding),
    refusals: z.array(finding),
    kind: z.string(),
    name: z.string(),
    line: z.int(),
    schedule: z.string(),
    timeZone: z.string(),
    next: z.array(z.string()),
    command: z.string(),
    argv: z.array(z.string()),
    noOverlap: z.boolean(),
    settings: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "ImportedJob", description: "What a home makes of one job of an Ofelia file." });

export const importAnswer = z
  .object({
    ok: z.boolean(),
    global: z.record(z.string(), z.unknown()),
    jobs: z.array(jobReport),
    errors: z.array(finding),
    warnings: z.array(finding),
    schedules: z.array(scheduleAnswer),
  })
  .meta({ id: "ImportReport" });
