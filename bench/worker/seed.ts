import type pg from "pg";

/** Three years of jobs: their states and words are as uneven as in life. */
export async function seedJobs(pool: pg.Pool, count: number): Promise<{ schedule: string; middleId: string }> {
  const schedule = "0193a1b2-0000-7000-8000-00000000beef";
  await pool.query(
    `insert into schedules (id, name, expression, time_zone, work, max_attempts, no_overlap, missed, missed_limit, planned_at, created_at, updated_at, paused_at)
     values ($1, 'nightly', '@daily', 'UTC', '{}', 1, false, 'skip', 1, now(), now(), now(), now())`,
    [schedule],
  );
  // Of 3,000 words the first are in most prompts and the last in next to none.
  await pool.query(
    `insert into jobs (id, title, prompt, state, max_attempts, timeout_ms, request_sha256, created_at, started_at, finished_at, result, error_code, error_message, cost_usd,
       provider, schedule_id)
     select (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid, 'Task ' || n || ' word' || n % 50, text, state, 3, 3600000, 'x',
       at, at, at + interval '5 minutes', repeat('It is done. ', 40), case when state = 'failed' then 'job.crashed' end, case when state = 'failed' then 'It broke.' end,
       random(), 'anthropic', case when n % 20 = 0 then $2::uuid end
     from (select n, ms, to_timestamp(ms / 1000.0) as at, case when n % 100 < 88 then 'succeeded' when n % 100 < 97 then 'failed' else 'cancelled' end as state,
       (select string_agg('word' || floor(3000 * power(random(), 3))::int, ' ') from generate_series(1, 60 + 0 * n)) as text
       from (select n, (extract(epoch from now()) * 1000)::bigint - 1000 * 900 * ($1 - n)::bigint as ms from generate_series(1, $1) as n) as times) as rows`,
    [count, schedule],
  );
  await pool.query(
    `insert into attempts (job_id, number, state, slot, session_id, worker, lease_until, started_at, finished_at, exit_code)
     select id, number, case when state = 'cancelled' then 'cancelled' when number = 1 and state = 'failed' then 'failed' else state end, 1, id, 'bench', created_at, created_at, finished_at, 0
     from jobs cross join generate_series(1, 2) as number where number = 1 or state = 'failed'`,
  );
  await pool.query("vacuum analyze jobs");
  await pool.query("vacuum analyze attempts");
  const { rows } = await pool.query<{ id: string }>("select id from jobs order by id desc offset $1 limit 1", [Math.floor(count / 2)]);
  return { schedule, middleId: rows[0]?.id ?? "" };
}
