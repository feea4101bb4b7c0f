import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { successOf, WorkerPlace } from "../testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;
let client: pg.Client;
const workers = new Set<ChildProcess>();

beforeEach(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await client.end();
  await place.stop();
  await database.drop();
});

const main = join(import.meta.dirname, "../main.ts");
const start = (name: string) => {
  const env = { ...process.env, ...place.environment({ WORKER_NAME: name, SCHEDULE_POLL_MS: "20", JOB_SLOTS: "10", LEASE_MS: "2000" }), NODE_OPTIONS: "" };
  const worker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], { env, stdio: "ignore" });
  workers.add(worker);
  return worker;
};
const kill = async (worker: ChildProcess) => {
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGKILL");
  await ended;
  workers.delete(worker);
};
const rows = async (sql: string) => (await client.query<Record<string, number>>(sql)).rows;
const value = async (sql: string) => Number(Object.values((await rows(sql))[0] ?? {})[0]);

test("[W19] two real workers that are killed again and again make each due second's job once, and leave none out", async () => {
  place.manager.onStart = (name) => {
    place.manager.print(name, successOf("done"));
    place.manager.exit(name, 0);
  };
  let one = start("one");
  await until("the tables", async () => (await value("select count(*) from pg_tables where tablename = 'schedule_runs'")) === 1, { timeoutMs: 20_000 });
  let two = start("two");
  await client.query(
    `insert into schedules (id, name, expression, time_zone, work, max_attempts, no_overlap, missed, missed_limit, planned_at, next_due_at, created_at, updated_at)
     select gen_random_uuid(), 'schedule ' || n, '* * * * * *', 'UTC', '{"kind":"prompt","prompt":"x"}', 3, false, 'all', 100, now(), date_trunc('second', now()) + interval '1 second', now(), now()
     from generate_series(1, 3) as n`,
  );
  for (let round = 0; round < 6; round++) {
    const before = await value("select count(*) from schedule_runs");
    // At some moment while rows are being written: the next kill does not wait for a round to end.
    await until("more runs", async () => (await value("select count(*) from schedule_runs")) > before + round, { timeoutMs: 20_000, everyMs: 5 });
    if (round % 2 === 0) {
      await kill(one);
      one = start("one");
    } else {
      await kill(two);
      two = start("two");
    }
  }
  await client.query("update schedules set paused_at = now()");
  await until("all jobs to end", async () => (await value("select count(*) from jobs where state in ('queued', 'running')")) === 0, { timeoutMs: 60_000 });
  const byJob = await rows(
    "select count(*)::int as runs, count(distinct job_id)::int as jobs, count(distinct (schedule_id, due_at))::int as dues from schedule_runs",
  );
  expect(byJob).toEqual([{ runs: byJob[0]?.["runs"], jobs: byJob[0]?.["runs"], dues: byJob[0]?.["runs"] }]);
  expect(await value("select count(*) from jobs")).toBe(byJob[0]?.["runs"]);
  expect(await value("select count(*) from schedule_runs where outcome <> 'job'")).toBe(0);
  expect(
    await value(
      `select count(*) from (select due_at - lag(due_at) over (partition by schedule_id order by due_at) as step from schedule_runs) as s where step <> interval '1 second'`,
    ),
  ).toBe(0);
  expect(await value("select count(*) from jobs where state <> 'succeeded'")).toBe(0);
  expect(await value("select count(*) from attempts where state = 'succeeded'")).toBe(byJob[0]?.["runs"]);
  expect(place.manager.most.ofOneJob).toBe(1);
}, 180_000);
