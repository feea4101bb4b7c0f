import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createPool } from "@freehold/kernel/postgres";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { requireJob } from "../store/jobs.ts";
import { fireOnRequest } from "./fire.ts";
import { sweepRuns, totalsOf } from "./run-history.ts";
import { changeSchedule, deleteSchedule, requireRow, setPaused } from "./schedule-store.ts";
import { SchedulePlace } from "./testing/schedule-place.ts";

let database: TestDatabase;
let place: SchedulePlace;

beforeEach(async () => {
  database = await createTestDatabase();
  place = new SchedulePlace(database.url);
  await place.start("2026-03-10T00:00:00Z");
});
afterEach(async () => {
  await place.stop();
  await database.drop();
});

const lookAt = async (...times: string[]) => {
  for (const time of times) {
    place.goTo(time);
    await place.scheduler().fireDue();
  }
};

test("[W19] a time that is due makes one job with its queue entry, and looking again makes no other", async () => {
  const { id, nextDueAt } = await place.add({ timeoutMs: 5_000, maxAttempts: 2 });
  expect(nextDueAt).toBe("2026-03-10T03:00:00.000Z");
  await lookAt("2026-03-10T02:59:59Z");
  expect(await place.jobs()).toBe(0);
  await lookAt("2026-03-10T03:00:00Z", "2026-03-10T03:00:00Z", "2026-03-10T03:00:01Z");
  const runs = await place.runs(id);
  expect(runs).toMatchObject([{ dueAt: "2026-03-10T03:00:00.000Z", cause: "schedule", outcome: "job", job: { state: "queued" } }]);
  expect(await requireJob(place.pool, runs[0]?.job?.id ?? "")).toMatchObject({ title: "nightly", prompt: "tidy up", maxAttempts: 2, timeoutMs: 5_000 });
  expect((await place.pool.query("select from pgboss.job")).rowCount).toBe(1);
  expect(place.woken).toBe(1);
  expect((await requireRow(place.pool, id)).next_due_at).toEqual(new Date("2026-03-11T03:00:00Z"));
});

test("[W19] a command becomes a job with that command and its variables", async () => {
  const { id } = await place.add({ work: { kind: "command", argv: ["echo", "a b"], environment: { A: "1" } } });
  await lookAt("2026-03-10T03:00:00Z");
  const [run] = await place.runs(id);
  expect(await requireJob(place.pool, run?.job?.id ?? "")).toMatchObject({ prompt: "", command: ["echo", "a b"], model: null });
  expect((await place.pool.query("select environment from jobs")).rows).toEqual([{ environment: { A: "1" } }]);
});

test("[W19] when the queue refuses, neither run nor job nor the next time is stored, other schedules go on, and it is done later", async () => {
  const { id } = await place.add({ name: "refused" });
  const other = await place.add({ name: "other", work: { kind: "prompt", prompt: "fine" } });
  await place.pool.query(
    "create function refuse() returns trigger language plpgsql as $$ begin if new.prompt = 'tidy up' then raise 'no job today'; end if; return new; end $$",
  );
  await place.pool.query("create trigger refuse before insert on jobs for each row execute function refuse()");
  await lookAt("2026-03-10T03:00:00Z");
  expect([await place.told(id), await place.told(other.id)]).toEqual([[], ["job 2026-03-10T03:00:00Z"]]);
  await place.pool.query("drop trigger refuse on jobs");
  await lookAt("2026-03-10T03:01:00Z");
  expect(await place.told(id)).toEqual(["job 2026-03-10T03:00:00Z"]);
});

test("[W20] on the days when the clocks change a schedule runs as often as its hour comes", async () => {
  place.goTo("2026-03-27T12:00:00Z");
  const { id } = await place.add({ schedule: "CRON_TZ=Europe/Zurich 30 2 * * *" });
  const zoned = await place.add({ name: "zoned", schedule: "30 2 * * *", timeZone: "America/New_York" });
  for (let half = 0; half < 160; half++) {
    await place.scheduler().fireDue();
    place.nowMs += 1_800_000;
  }
  expect(await place.told(id)).toEqual(["job 2026-03-28T01:30:00Z", "job 2026-03-30T00:30:00Z"]);
  expect(await place.told(zoned.id)).toEqual(["job 2026-03-28T06:30:00Z", "job 2026-03-29T06:30:00Z", "job 2026-03-30T06:30:00Z"]);
  await place.pool.query("delete from schedules");
  place.goTo("2026-10-24T12:00:00Z");
  const autumn = await place.add({ schedule: "CRON_TZ=Europe/Zurich 30 2 * * *" });
  await lookAt("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z");
  expect(await place.told(autumn.id)).toEqual(["job 2026-10-25T00:30:00Z", "job 2026-10-25T01:30:00Z", "job 2026-10-26T01:30:00Z"]);
});

test.each([
  ["skip", ["missed 2026-03-14T03:00:00Z"], 0],
  ["once", ["missed 2026-03-13T03:00:00Z", "job 2026-03-14T03:00:00Z"], 1],
  ["all", ["missed 2026-03-11T03:00:00Z", "job 2026-03-12T03:00:00Z", "job 2026-03-13T03:00:00Z", "job 2026-03-14T03:00:00Z"], 3],
] as const)("[W21] after days of absence the policy %s is kept, and what got no run is told", async (missed, told, jobs) => {
  const { id } = await place.add({ missed, missedLimit: 3 });
  await lookAt("2026-03-14T12:00:00Z", "2026-03-14T12:00:01Z");
  expect(await place.told(id)).toEqual(told);
  expect(await place.jobs()).toBe(jobs);
  expect((await place.runs(id))[0]).toMatchObject({ outcome: "missed", missedSince: "2026-03-10T03:00:00.000Z" });
  await lookAt("2026-03-15T03:00:00Z");
  expect((await place.told(id)).at(-1)).toBe("job 2026-03-15T03:00:00Z");
});

test("[W22] a schedule that wants no overlap passes a time by while its job waits or runs, and says so", async () => {
  const { id } = await place.add({ schedule: "@every 1m", noOverlap: true });
  await lookAt("2026-03-10T00:01:00Z", "2026-03-10T00:02:00Z");
  await expect(fireOnRequest(place.pool, id, place.scheduler().context())).rejects.toMatchObject({ code: "schedule.overlap" });
  await place.endJobs();
  await lookAt("2026-03-10T00:03:00Z");
  expect(await place.told(id)).toEqual(["job 2026-03-10T00:01:00Z", "overlap 2026-03-10T00:02:00Z", "job 2026-03-10T00:03:00Z"]);
  await place.endJobs();
  await fireOnRequest(place.pool, id, place.scheduler().context());
  expect((await place.runs(id)).at(-1)).toMatchObject({ cause: "request", outcome: "job" });
});

test("[W19] five schedulers at once, whose clocks differ, do each time once", async () => {
  const ids = await Promise.all(
    ["* * * * * *", "@every 1s", "*/2 * * * * *", "@every 3s"].map(async (schedule) => (await place.add({ name: schedule, schedule })).id),
  );
  const schedulers = [0, 150, 400, 700, 1_200].map((aheadMs, index) => place.scheduler(`worker ${index}`, { aheadMs }));
  for (const scheduler of schedulers) scheduler.start();
  const endMs = place.nowMs + 20_000;
  while (place.nowMs < endMs) {
    place.nowMs += 250;
    const nowMs = place.nowMs;
    await until("the time to be done", async () => (await place.pool.query("select from schedules where next_due_at <= $1", [new Date(nowMs)])).rowCount === 0);
  }
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  const seconds = [1, 1, 2, 3];
  for (const [index, id] of ids.entries()) {
    const dues = (await place.runs(id)).map(({ dueAt, outcome }) => (expect(outcome).toBe("job"), Date.parse(dueAt)));
    expect(new Set(dues).size).toBe(dues.length);
    const step = (seconds[index] ?? 1) * 1_000;
    expect(dues.length).toBeGreaterThanOrEqual(Math.floor(20_000 / step));
    expect(dues.slice(1).map((due, at) => due - (dues[at] ?? 0))).toEqual(Array<number>(dues.length - 1).fill(step));
  }
  expect(await place.jobs()).toBe((await Promise.all(ids.map((id) => place.runs(id)))).flat().length);
}, 60_000);

test("[W19] a time that was done is not done again when the clock goes back, and the schedule does not wait for the clock that was wrong", async () => {
  const { id } = await place.add({ schedule: "0 * * * *", missed: "skip" });
  await lookAt("2026-03-10T01:00:00Z", "2026-03-20T00:00:10Z");
  expect(await place.told(id)).toEqual(["job 2026-03-10T01:00:00Z", "missed 2026-03-19T23:00:00Z", "job 2026-03-20T00:00:00Z"]);
  await lookAt("2026-03-10T01:30:00Z", "2026-03-10T02:00:00Z", "2026-03-10T00:30:00Z", "2026-03-10T01:00:00Z", "2026-03-10T02:00:00Z", "2026-03-10T03:00:00Z");
  expect((await place.told(id)).slice(3)).toEqual(["job 2026-03-10T02:00:00Z", "job 2026-03-10T03:00:00Z"]);
  expect(await place.jobs()).toBe(4);
});

test("[W23] a paused schedule makes nothing, misses nothing, and goes on from the moment it is resumed", async () => {
  const { id } = await place.add({ schedule: "0 * * * *", missed: "all" });
  expect(await setPaused(place.pool, id, { paused: true, nowMs: place.nowMs })).toMatchObject({ nextDueAt: null, pausedAt: "2026-03-10T00:00:00.000Z" });
  await lookAt("2026-03-10T05:30:00Z");
  expect(await setPaused(place.pool, id, { paused: false, nowMs: place.nowMs })).toMatchObject({ nextDueAt: "2026-03-10T06:00:00.000Z", pausedAt: null });
  await lookAt("2026-03-10T06:00:00Z");
  expect(await place.told(id)).toEqual(["job 2026-03-10T06:00:00Z"]);
});

test("[W23] a new time counts from the change on; a change of anything else leaves the next time alone", async () => {
  const { id } = await place.add({ schedule: "@every 1h" });
  place.goTo("2026-03-10T00:40:00Z");
  const change = (change: object) => changeSchedule(place.pool, id, { change, nowMs: place.nowMs });
  expect(await change({ prompt: "else", missed: "skip" })).toMatchObject({ prompt: "else", missed: "skip", nextDueAt: "2026-03-10T01:00:00.000Z" });
  expect(await change({ schedule: "@every 2h" })).toMatchObject({ nextDueAt: "2026-03-10T02:40:00.000Z" });
  expect(await change({ schedule: "0 9 * * *", timeZone: "Asia/Tokyo" })).toMatchObject({ nextDueAt: "2026-03-11T00:00:00.000Z" });
  expect(await change({ command: ["ls"] })).toMatchObject({ prompt: null, command: ["ls"], maxAttempts: 1 });
});

test("a schedule that can't be read any more pauses with the reason, and a new time heals it", async () => {
  const { id } = await place.add();
  await place.pool.query("update schedules set time_zone = 'Mars/Base'");
  await lookAt("2026-03-10T03:00:00Z");
  expect(await requireRow(place.pool, id)).toMatchObject({ problem: "There is no time zone Mars/Base.", paused_at: new Date("2026-03-10T03:00:00Z") });
  expect(await changeSchedule(place.pool, id, { change: { timeZone: "UTC" }, nowMs: place.nowMs })).toMatchObject({ problem: null });
  expect(await setPaused(place.pool, id, { paused: false, nowMs: place.nowMs })).toMatchObject({ nextDueAt: "2026-03-11T03:00:00.000Z" });
});

test("a deleted schedule leaves its jobs behind", async () => {
  const { id } = await place.add();
  await lookAt("2026-03-10T03:00:00Z");
  await deleteSchedule(place.pool, id);
  expect([await place.jobs(), await place.runs(id)]).toEqual([1, []]);
  await expect(deleteSchedule(place.pool, id)).rejects.toMatchObject({ code: "schedule.unknown" });
});

test("the totals count the jobs of each span with their costs", async () => {
  const { id } = await place.add({ missed: "all" });
  await lookAt("2026-03-10T03:00:00Z", "2026-03-20T03:00:00Z");
  await place.pool.query("update jobs set cost_usd = 0.5, state = 'failed', finished_at = now()");
  await lookAt("2026-04-01T03:00:00Z");
  expect(await totalsOf(place.pool, id, place.nowMs)).toMatchObject([
    { days: 7, jobs: 11, failed: 0, totalCostUsd: 0, averageCostUsd: null },
    { days: 30, jobs: 22, failed: 11, totalCostUsd: 5.5, averageCostUsd: 0.5 },
    { days: 90, jobs: 22, failed: 11, totalCostUsd: 5.5, averageCostUsd: 0.5 },
  ]);
});

test("the oldest runs without a job are swept away, the others stay", async () => {
  const { id } = await place.add({ schedule: "@every 1s", noOverlap: true });
  await lookAt("2026-03-10T00:00:01Z");
  await place.pool.query(
    "insert into schedule_runs (schedule_id, due_at, cause, outcome, worker, at) select $1, $2::timestamptz + n * interval '1 second', 'schedule', 'overlap', 'w', $2 from generate_series(10, 1209) as n",
    [id, new Date(place.nowMs)],
  );
  place.nowMs += 7_200_000;
  expect(await sweepRuns(place.pool, place.nowMs)).toBe(200);
  expect(await sweepRuns(place.pool, place.nowMs)).toBe(0);
  expect((await place.pool.query("select outcome, count(*)::int as runs from schedule_runs group by outcome order by outcome")).rows).toEqual([
    { outcome: "job", runs: 1 },
    { outcome: "overlap", runs: 1_000 },
  ]);
});

test("[W19] a scheduler whose connections are cut again and again does each time once", async () => {
  const cut = createPool({ url: database.url, applicationName: "cut", log: silentLog });
  const { id } = await place.add({ schedule: "@every 1s" });
  const schedulers = [place.scheduler("one", { pool: cut }), place.scheduler("two", { pool: cut })];
  for (const scheduler of schedulers) scheduler.start();
  for (let second = 0; second < 25; second++) {
    place.nowMs += 1_000;
    const nowMs = place.nowMs;
    await place.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'");
    await until("the second to be done", async () => (await requireRow(place.pool, id)).next_due_at!.getTime() > nowMs);
  }
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  await cut.end();
  expect(await place.jobs()).toBe(25);
  expect(new Set((await place.runs(id)).map(({ dueAt, outcome }) => `${outcome} ${dueAt}`)).size).toBe(25);
}, 60_000);
