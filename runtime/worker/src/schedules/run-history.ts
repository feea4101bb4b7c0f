import type { JobState } from "@freehold/kernel/api/job-state";
import type { RunTotals, ScheduleRun } from "@freehold/kernel/api/schedule";
import type { Queryable } from "@freehold/kernel/postgres";

interface RunRow {
  id: string;
  due_at: Date;
  missed_since: Date | null;
  cause: ScheduleRun["cause"];
  outcome: ScheduleRun["outcome"];
  at: Date;
  job_id: string | null;
  state: JobState | null;
  started_at: Date | null;
  finished_at: Date | null;
  cost_usd: number | null;
  error_code: string | null;
}

/** The newest runs first; `before` is the id of the last one already seen. */
export async function listRuns(
  client: Queryable,
  scheduleId: string,
  { limit, before }: { limit: number; before?: string | undefined },
): Promise<ScheduleRun[]> {
  const { rows } = await client.query<RunRow>(
    `select r.id, r.due_at, r.missed_since, r.cause, r.outcome, r.at, r.job_id, j.state, j.started_at, j.finished_at, j.cost_usd, j.error_code
     from schedule_runs r left join jobs j on j.id = r.job_id
     where r.schedule_id = $1 and ($2::bigint is null or r.id < $2) order by r.id desc limit $3`,
    [scheduleId, before ?? null, limit],
  );
  return rows.map(toRun);
}

function toRun(row: RunRow): ScheduleRun {
  const job =
    row.job_id === null || row.state === null
      ? null
      : {
          id: row.job_id,
          state: row.state,
          startedAt: row.started_at?.toISOString() ?? null,
          finishedAt: row.finished_at?.toISOString() ?? null,
          costUsd: row.cost_usd,
          error: row.error_code,
        };
  return {
    id: row.id,
    dueAt: row.due_at.toISOString(),
    missedSince: row.missed_since?.toISOString() ?? null,
    cause: row.cause,
    outcome: row.outcome,
    at: row.at.toISOString(),
    job,
  };
}

const spans = [7, 30, 90] as const;

/** What the jobs of the last 7, 30 and 90 days came to, those that failed and were tried again included. */
export async function totalsOf(client: Queryable, scheduleId: string, nowMs: number): Promise<RunTotals[]> {
  const { rows } = await client.query<{ days: number; jobs: number; succeeded: number; failed: number; total: number; average: number | null }>(
    `select s.days, count(j.id)::int as jobs, count(j.id) filter (where j.state = 'succeeded')::int as succeeded,
       count(j.id) filter (where j.state = 'failed')::int as failed, coalesce(sum(j.cost_usd), 0) as total, avg(j.cost_usd) as average
     from unnest($3::int[]) as s (days) left join schedule_runs r on r.schedule_id = $1 and r.at > $2::timestamptz - s.days * interval '1 day'
     left join jobs j on j.id = r.job_id group by s.days order by s.days`,
    [scheduleId, new Date(nowMs), spans],
  );
  return rows.map(({ days, jobs, succeeded, failed, total, average }) => ({ days, jobs, succeeded, failed, totalCostUsd: total, averageCostUsd: average }));
}

const keptWithoutJob = 1_000;

/** Forgets the oldest runs that made no job, and those whose job was deleted; a schedule for every second would fill the disk with them. */
export async function sweepRuns(client: Queryable, nowMs: number): Promise<number> {
  const { rowCount } = await client.query(
    `delete from schedule_runs where id in (
       select id from (select id, row_number() over (partition by schedule_id order by id desc) as place from schedule_runs where job_id is null and at < $1) as old
       where place > $2)`,
    [new Date(nowMs - 3_600_000), keptWithoutJob],
  );
  return rowCount ?? 0;
}
