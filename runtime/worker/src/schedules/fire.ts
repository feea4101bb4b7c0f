import { randomBytes } from "node:crypto";
import type { ScheduleRun } from "@freehold/kernel/api/schedule";
import { AppError } from "@freehold/kernel/errors";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { parseSchedule, type Schedule } from "@freehold/kernel/schedules/schedule";
import { openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import { fault } from "../errors.ts";
import { newJobId } from "../job-id.ts";
import type { Job } from "../job.ts";
import type { Queue } from "../queue.ts";
import { addJob } from "../store/jobs.ts";
import { planDue } from "./due-runs.ts";
import type { ScheduleRow } from "./schedule-rows.ts";
import { dueAfter, requireRow } from "./schedule-store.ts";

export interface FireContext {
  queue: Queue;
  worker: string;
  nowMs: number;
  graceMs: number;
  /** Of an attempt whose schedule names none. Units: milliseconds. */
  jobTimeoutMs: number;
}

/** What a look at one schedule came to. */
export interface Fired {
  scheduleId: string;
  runs: { dueAtMs: number; outcome: ScheduleRun["outcome"]; jobId: string | null }[];
  problem: string | null;
}

/** Clocks of two machines differ by less; a plan that lies further ahead was made by a clock that was wrong. */
const clockToleranceMs = 60_000;

/** The schedules with something to do now, those due longest first. */
export async function dueSchedules(pool: Queryable, nowMs: number, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(`select id from schedules where ${isDue} order by next_due_at nulls last limit $3`, [
    ...atTime(nowMs),
    limit,
  ]);
  return rows.map((row) => row.id);
}

const isDue = "paused_at is null and (next_due_at <= $1 or planned_at > $2)";
const atTime = (nowMs: number) => [new Date(nowMs), new Date(nowMs + clockToleranceMs)];

/**
 * Does all that is due of a schedule in one transaction: jobs, their queue entries, their runs and the next time commit together or not at
 * all, and the locked row keeps other workers off. Undefined when another has done it, or does it now.
 */
export async function fireSchedule(pool: Pool, id: string, context: FireContext): Promise<Fired | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<ScheduleRow>(`select * from schedules where ${isDue} and id = $3 for update skip locked`, [
      ...atTime(context.nowMs),
      id,
    ]);
    return rows[0] === undefined ? undefined : fireRow(client, rows[0], context);
  });
}

async function fireRow(client: Client, row: ScheduleRow, context: FireContext): Promise<Fired> {
  const schedule = readable(row);
  if (typeof schedule === "string") return stopSchedule(client, row, { problem: schedule, nowMs: context.nowMs });
  const local = openTimeZone(row.time_zone) ?? utc;
  if (row.next_due_at === null || row.next_due_at.getTime() > context.nowMs) {
    await plan(client, row, { nextDueAt: dueAfter({ schedule: row.expression, timeZone: row.time_zone }, context.nowMs), nowMs: context.nowMs });
    return { scheduleId: row.id, runs: [], problem: null };
  }
  const due = planDue({
    schedule,
    local,
    nextDueAtMs: row.next_due_at.getTime(),
    nowMs: context.nowMs,
    graceMs: context.graceMs,
    missed: row.missed,
    missedLimit: row.missed_limit,
  });
  const runs: Fired["runs"] = [];
  if (
    due.missed !== null &&
    (await addRun(client, row, { ...context, dueAtMs: due.missed.untilMs, missedSinceMs: due.missed.sinceMs, cause: "schedule", outcome: "missed" }))
  )
    runs.push({ dueAtMs: due.missed.untilMs, outcome: "missed", jobId: null });
  for (const { dueAtMs, cause } of due.fire) {
    const run = await fireOnce(client, row, { ...context, dueAtMs, cause });
    if (run !== undefined) runs.push(run);
  }
  await plan(client, row, { nextDueAt: due.nextDueAtMs === null ? null : new Date(due.nextDueAtMs), nowMs: context.nowMs });
  return { scheduleId: row.id, runs, problem: null };
}

/** The schedule, or why it can't be read any more: a newer release of the tz database may lack its zone. */
function readable(row: ScheduleRow): Schedule | string {
  try {
    if (openTimeZone(row.time_zone) === undefined) return `There is no time zone ${row.time_zone}.`;
    return parseSchedule(row.expression);
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.message;
    throw thrown;
  }
}

async function stopSchedule(client: Client, row: ScheduleRow, { problem, nowMs }: { problem: string; nowMs: number }): Promise<Fired> {
  await client.query("update schedules set paused_at = $2, problem = $3, updated_at = $2 where id = $1", [row.id, new Date(nowMs), problem]);
  return { scheduleId: row.id, runs: [], problem };
}

async function plan(client: Client, row: ScheduleRow, { nextDueAt, nowMs }: { nextDueAt: Date | null; nowMs: number }): Promise<void> {
  await client.query("update schedules set next_due_at = $2, planned_at = $3 where id = $1", [row.id, nextDueAt, new Date(nowMs)]);
}

/** Undefined when that time has its run already, from before the clock went back. */
async function fireOnce(
  client: Client,
  row: ScheduleRow,
  { dueAtMs, cause, ...context }: FireContext & { dueAtMs: number; cause: ScheduleRun["cause"] },
): Promise<Fired["runs"][number] | undefined> {
  const outcome = row.no_overlap && (await isActive(client, row.id)) ? "overlap" : "job";
  const runId = await addRun(client, row, { ...context, dueAtMs, missedSinceMs: null, cause, outcome });
  if (runId === undefined) return undefined;
  if (outcome === "overlap") return { dueAtMs, outcome, jobId: null };
  const job = await makeJob(client, row, context);
  await client.query("update schedule_runs set job_id = $2 where id = $1", [runId, job.id]);
  return { dueAtMs, outcome, jobId: job.id };
}

async function isActive(client: Client, scheduleId: string): Promise<boolean> {
  const { rows } = await client.query(
    "select from schedule_runs r join jobs j on j.id = r.job_id where r.schedule_id = $1 and j.state not in ('succeeded', 'failed', 'cancelled') limit 1",
    [scheduleId],
  );
  return rows.length > 0;
}

interface NewRun extends Pick<FireContext, "worker" | "nowMs"> {
  dueAtMs: number;
  missedSinceMs: number | null;
  cause: ScheduleRun["cause"];
  outcome: ScheduleRun["outcome"];
}

async function addRun(client: Client, row: ScheduleRow, run: NewRun): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `insert into schedule_runs (schedule_id, due_at, missed_since, cause, outcome, worker, at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (schedule_id, due_at) where cause <> 'request' do nothing returning id`,
    [row.id, new Date(run.dueAtMs), run.missedSinceMs === null ? null : new Date(run.missedSinceMs), run.cause, run.outcome, run.worker, new Date(run.nowMs)],
  );
  return rows[0]?.id;
}

async function makeJob(client: Client, row: ScheduleRow, { queue, worker, nowMs, jobTimeoutMs }: FireContext): Promise<Job> {
  const { work } = row;
  const { job } = await addJob(client, queue, {
    id: newJobId(nowMs, randomBytes),
    request: {
      prompt: work.kind === "prompt" ? work.prompt : "",
      title: row.name,
      maxAttempts: row.max_attempts,
      ...(work.kind === "prompt" && work.model !== undefined ? { model: work.model } : {}),
    },
    ...(work.kind === "command" ? { command: { argv: work.argv, environment: work.environment } } : {}),
    timeoutMs: row.timeout_ms === null ? jobTimeoutMs : Number(row.timeout_ms),
    scheduleId: row.id,
    worker,
  });
  return job;
}

/** A run that was asked for; the schedule's own times stay as they are. Throws: AppError `schedule.unknown`, `schedule.overlap`. */
export async function fireOnRequest(pool: Pool, id: string, context: FireContext): Promise<Job> {
  return inTransaction(pool, async (client) => {
    const row = await requireRow(client, id, { lock: true });
    if (row.no_overlap && (await isActive(client, id)))
      throw fault(
        "schedule.overlap",
        `A run of the schedule ${JSON.stringify(row.name)} is under way, and it wants no two at once. Wait for its end, or cancel it.`,
      );
    const runId = await addRun(client, row, { ...context, dueAtMs: context.nowMs, missedSinceMs: null, cause: "request", outcome: "job" });
    const job = await makeJob(client, row, context);
    await client.query("update schedule_runs set job_id = $2 where id = $1", [runId, job.id]);
    return job;
  });
}
