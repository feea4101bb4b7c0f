import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import pg from "pg";
import { until } from "../../../tests/support/until.ts";
import { successOf } from "./testing/worker-place.ts";
import { ended, problem, ready, withPlace } from "./testing/worker-scene.ts";

const scene = withPlace();
const { started, logOf, finish, sql } = scene;

test("[W14] the log survives a manager that dies and connections that are cut, byte for byte", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  scene.place.manager.cutLogAfter = 1_000;
  const { id } = await worker.post();
  const name = `job-${id}-1`;
  await started(name);
  const lines = Array.from({ length: 200 }, (_, number) => `line ${number} ${"ü".repeat(number)}`);
  scene.place.manager.print(name, ...lines.slice(0, 100));
  await until("some of the log", async () => (await logOf(id).catch(() => "")).length > 2_000);
  await scene.place.manager.crash();
  scene.place.manager.print(name, ...lines.slice(100));
  finish(name);
  await scene.place.manager.start();
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe([...lines, JSON.stringify(successOf("done")), ""].join("\n"));
}, 40_000);

test("a manager and a gateway that are away are waited for, and then the job runs once", async () => {
  await scene.place.manager.crash();
  scene.place.gateway.status = 503;
  scene.place.manager.onStart = (name) => finish(name);
  const worker = await scene.place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await until("the job to be taken", async () => (await worker.get(id)).state === "running");
  await scene.place.manager.start();
  scene.place.gateway.status = undefined;
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(scene.place.manager.most.ofOneJob).toBe(1);
});

test("a lost answer to the request that started the container starts no second one", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  let lost = false;
  scene.place.manager.loseAnswer = (call) => call.startsWith("PUT") && !lost && (lost = true);
  const { id } = await worker.post();
  await until("the attempt to be started", async () => (await sql("select container_started_at from attempts"))[0]?.["container_started_at"] instanceof Date);
  finish(`job-${id}-1`);
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(scene.place.manager.calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
});

test("a container that can't be started in time fails the attempt with the reason", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const worker = await scene.place.worker({ JOB_START_TIMEOUT_MS: "300" });
  await ready(worker);
  const job = await ended(worker, (await worker.post({ maxAttempts: 1 })).id);
  expect(job).toMatchObject({ state: "failed", error: { code: "job.start-failed", message: expect.stringContaining("scripted.fault") } });
});

test("[W16] keys that could not be revoked, and a cost that could not be asked, are caught up on", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await started(`job-${id}-1`);
  scene.place.gateway.status = 500;
  finish(`job-${id}-1`);
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", costUsd: null });
  expect(scene.place.gateway.open).toBe(1);
  scene.place.gateway.status = undefined;
  await until("the key to be revoked and the cost to be known", async () => scene.place.gateway.open === 0 && (await worker.get(id)).costUsd === 0.5);
});

test("[W17] a container that no attempt owns is removed, also when it stands in a job's way", async () => {
  const worker = await scene.place.worker({ SWEEP_MS: "60000", JOB_SLOTS: "1" });
  await ready(worker);
  await until("the first sweep", () => scene.place.manager.calls.includes("GET /containers"));
  scene.place.manager.add("job-orphan", { jobId: "0193a1b2-0000-7000-8000-00000000dead", attempt: 1, slot: 1, argv: [], env: {} });
  scene.place.manager.onStart = (name) => finish(name);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(scene.place.manager.containers.has("job-orphan")).toBe(false);
});

test("a database whose connections are cut in the middle of a job changes nothing of its end", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await started(`job-${id}-1`);
  const cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
  const met = new AbortController();
  const cutting = (async () => {
    // Ever longer gaps: however slow the machine, a transaction fits into one of them at last.
    for (let gapMs = 20; !met.signal.aborted; gapMs *= 1.2) {
      await sql(cut).catch(() => undefined);
      await delay(gapMs);
    }
  })();
  finish(`job-${id}-1`);
  await until("the attempt to have met the fault", () => scene.place.manager.calls.some((call) => call.startsWith("DELETE")), { timeoutMs: 30_000 }).finally(
    () => met.abort(),
  );
  await cutting;
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
}, 60_000);

test("asked before its database is prepared, the worker says so by 503, and serves as soon as it is", async () => {
  const client = new pg.Client({ connectionString: scene.database.url });
  await client.connect();
  try {
    // Holds the worker's first migration up until this transaction ends.
    await client.query("begin");
    await client.query("create table migrations (name text)");
    const worker = await scene.place.worker();
    for (const path of ["/api/jobs", "/api/queue", "/api/schedules", "/api/templates"])
      expect(await problem(await worker.call("GET", path))).toMatchObject({ status: 503, code: "database.away", detail: expect.stringContaining("prepared") });
    expect(await problem(await worker.call("POST", "/api/jobs", { prompt: "x" }))).toMatchObject({ status: 503, code: "database.away" });
    expect(await problem(await worker.call("GET", "/health/ready"))).toMatchObject({ status: 503, code: "service.not-ready" });
    expect(await problem(await fetch(`${worker.url}/api/jobs`))).toMatchObject({ status: 401 });
    await client.query("rollback");
    await ready(worker);
    expect((await worker.call("GET", "/api/jobs")).status).toBe(200);
  } finally {
    await client.end();
  }
});
