import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { until } from "../../../tests/support/until.ts";
import { successOf, WorkerPlace, type RunningWorker } from "./testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;
let worker: RunningWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  worker = await place.worker();
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
});
afterAll(async () => {
  await place.stop();
  await database.drop();
});

const figures = async () => {
  const text = await (await worker.call("GET", "/metrics")).text();
  return (name: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.split(" ")[1],
    );
};

test("jobs that ended are counted by their outcome, from zero on, so that the first failure is an increase", async () => {
  const before = await figures();
  expect([before('freehold_jobs_ended_total{state="succeeded"}'), before('freehold_jobs_ended_total{state="failed"}')]).toEqual([0, 0]);
  place.manager.onStart = (name) => {
    place.manager.print(name, { ...successOf("x"), is_error: true, subtype: "error_during_execution" });
    place.manager.exit(name, 1);
  };
  await worker.post({ maxAttempts: 2 });
  await until("the job to have failed", async () => (await figures())('freehold_jobs_ended_total{state="failed"}') === 1);
  const after = await figures();
  expect([after('freehold_attempts_total{state="failed"}'), after("freehold_attempts_retried_total")]).toEqual([2, 1]);
});

test("a paused queue, its depth, and the disk under the jobs are told", async () => {
  await worker.call("POST", "/api/queue/pause", {});
  await worker.post();
  const told = await figures();
  expect([told("freehold_queue_paused"), told("freehold_queue_depth"), told("freehold_jobs_day_cost_usd")]).toEqual([1, 1, 0.5]);
  const [free, size] = [told('freehold_volume_free_bytes{volume="jobs"}'), told('freehold_volume_size_bytes{volume="jobs"}')];
  expect(free).toBeGreaterThan(0);
  expect(size).toBeGreaterThan(free);
  await worker.call("POST", "/api/queue/resume", {});
  expect((await figures())("freehold_queue_paused")).toBe(0);
});
