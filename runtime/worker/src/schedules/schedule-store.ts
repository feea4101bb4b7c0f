import type { MissedPolicy, ScheduleView } from "@freehold/kernel/api/schedule";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { nextRun } from "@freehold/kernel/schedules/next-run";
import { parseSchedule } from "@freehold/kernel/schedules/schedule";
import { openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import type { Work } from "@freehold/kernel/schedules/work";
import { fault } from "../errors.ts";
import { standardAttempts, workOf, type ScheduleChange } from "./schedule-request.ts";
import { toView, type ScheduleRow } from "./schedule-rows.ts";

/** Everything about a schedule that its owner decides. Units: milliseconds. */
export interface ScheduleTerms {
  name: string;
  schedule: string;
  timeZone: string;
  work: Work;
  maxAttempts: number;
  timeoutMs: number | null;
  noOverlap: boolean;
  missed: MissedPolicy;
  missedLimit: number;
  source: string | null;
}

/** The first time after an instant; null when there is none. Throws: AppError `schedule.invalid`. */
export function dueAfter({ schedule, timeZone }: Pick<ScheduleTerms, "schedule" | "timeZone">, nowMs: number): Date | null {
  const dueAtMs = nextRun(parseSchedule(schedule), nowMs, openTimeZone(timeZone) ?? utc);
  return dueAtMs === undefined ? null : new Date(dueAtMs);
}

const columns = "name, expression, time_zone, work, max_attempts, timeout_ms, no_overlap, missed, missed_limit, source, planned_at, next_due_at, updated_at";

const valuesOf = (terms: ScheduleTerms, nowMs: number) => [
  terms.name,
  terms.schedule,
  terms.timeZone,
  JSON.stringify(terms.work),
  terms.maxAttempts,
  terms.timeoutMs,
  terms.noOverlap,
  terms.missed,
  terms.missedLimit,
  terms.source,
  new Date(nowMs),
  dueAfter(terms, nowMs),
  new Date(nowMs),
];

/** Throws: AppError `schedule.name-taken`. */
export async function insertSchedule(client: Queryable, terms: ScheduleTerms, { id, paused, nowMs }: { id: string; paused: boolean; nowMs: number }) {
  const { rows } = await client.query<ScheduleRow>(
    `insert into schedules (${columns}, id, paused_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $11)
     on conflict (name) do nothing returning *`,
    [...valuesOf(terms, nowMs), id, paused ? new Date(nowMs) : null],
  );
  if (rows[0] === undefined) throw nameTaken(terms.name);
  return toView(rows[0]);
}

const nameTaken = (name: string) =>
  fault("schedule.name-taken", `There is a schedule named ${JSON.stringify(name)} already. Choose another name, or change that one.`);

/** Throws: AppError `schedule.unknown`. */
export async function requireRow(client: Queryable, id: string, { lock = false } = {}): Promise<ScheduleRow> {
  const { rows } = await client.query<ScheduleRow>(`select * from schedules where id = $1 ${lock ? "for update" : ""}`, [id]);
  if (rows[0] === undefined) throw fault("schedule.unknown", `There is no schedule ${id}.`);
  return rows[0];
}

/** Those made last come first; `before` is the id of the last one already seen. */
export async function listSchedules(client: Queryable, { limit, before }: { limit: number; before?: string | undefined }): Promise<ScheduleView[]> {
  const { rows } = await client.query<ScheduleRow>("select * from schedules where $2::uuid is null or id < $2 order by id desc limit $1", [
    limit,
    before ?? null,
  ]);
  return rows.map(toView);
}

/** Changes what is given. A new time is reckoned from now on; what was missed under the old one is forgotten. Throws: AppError. */
export async function changeSchedule(pool: Pool, id: string, { change, nowMs }: { change: ScheduleChange; nowMs: number }): Promise<ScheduleView> {
  return inTransaction(pool, async (client) => {
    const row = await requireRow(client, id, { lock: true });
    const work = workOf(change) ?? row.work;
    const keptAttempts = work.kind === row.work.kind ? row.max_attempts : standardAttempts(work);
    return storeTerms(client, row, {
      nowMs,
      terms: {
        name: change.name ?? row.name,
        schedule: change.schedule ?? row.expression,
        timeZone: change.timeZone ?? row.time_zone,
        work,
        maxAttempts: change.maxAttempts ?? keptAttempts,
        timeoutMs: change.timeoutMs === undefined ? (row.timeout_ms === null ? null : Number(row.timeout_ms)) : change.timeoutMs,
        noOverlap: change.noOverlap ?? row.no_overlap,
        missed: change.missed ?? row.missed,
        missedLimit: change.missedLimit ?? row.missed_limit,
        source: row.source,
      },
    });
  });
}

/** Gives a locked schedule new terms; its next time stays where nothing of it was changed. */
export async function storeTerms(client: Client, row: ScheduleRow, { terms, nowMs }: { terms: ScheduleTerms; nowMs: number }): Promise<ScheduleView> {
  const sameTimes = terms.schedule === row.expression && terms.timeZone === row.time_zone && row.problem === null;
  const values = valuesOf(terms, nowMs);
  const { rows } = await client
    .query<ScheduleRow>(
      `update schedules set (${columns}) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $15 then planned_at else $11 end,
       case when $15 then next_due_at else $12 end, $13), problem = null where id = $14 returning *`,
      [...values, row.id, sameTimes],
    )
    .catch((thrown: unknown) => {
      throw (thrown as { code?: string }).code === "23505" ? nameTaken(terms.name) : thrown;
    });
  return toView(rows[0] ?? row);
}

/** A paused schedule misses nothing: what comes due meanwhile is no business of it. */
export async function setPaused(pool: Pool, id: string, { paused, nowMs }: { paused: boolean; nowMs: number }): Promise<ScheduleView> {
  return inTransaction(pool, async (client) => {
    const row = await requireRow(client, id, { lock: true });
    if (paused === (row.paused_at !== null)) return toView(row);
    const now = new Date(nowMs);
    const { rows } = await client.query<ScheduleRow>(
      paused
        ? "update schedules set paused_at = $2, updated_at = $2 where id = $1 returning *"
        : "update schedules set paused_at = null, problem = null, planned_at = $2, next_due_at = $3, updated_at = $2 where id = $1 returning *",
      paused ? [id, now] : [id, now, dueAfter({ schedule: row.expression, timeZone: row.time_zone }, nowMs)],
    );
    return toView(rows[0] ?? row);
  });
}

/** Its jobs stay. Throws: AppError `schedule.unknown`. */
export async function deleteSchedule(pool: Pool, id: string): Promise<void> {
  const { rowCount } = await pool.query("delete from schedules where id = $1", [id]);
  if (rowCount === 0) throw fault("schedule.unknown", `There is no schedule ${id}.`);
}
