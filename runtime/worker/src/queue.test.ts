import type { JobState } from "@freehold/kernel/api/job-state";
import type { QueueView } from "@freehold/kernel/api/queue";
import { expect, test } from "@jest/globals";
import pg from "pg";
import { until } from "../../../tests/support/until.ts";
import { ready, withFreshWorker } from "./testing/worker-scene.ts";

const scene = withFreshWorker({ LIMIT_WAIT_MS: "300" });
const { started, finish } = scene;

const ask = async (method: string, path = "", body?: unknown) => {
  const answer = await scene.worker.call(method, `/api/queue${path}`, body);
  return { status: answer.status, queue: (await answer.json()) as QueueView & { code: string } };
};
const inState = (id: string, state: JobState) =>
  until(`the job to be ${state}`, async () => {
    const job = await scene.worker.get(id);
    return job.state === state ? job : undefined;
  });
const order: string[] = [];
/** Each container notes whose it is and ends. */
const noteOrder = () => {
  order.length = 0;
  scene.place.manager.onStart = (name, { jobId }) => {
    order.push(jobId);
    finish(name);
  };
};
const limited = (name: string, text: string) => {
  scene.place.manager.print(name, { type: "result", subtype: "success", is_error: true, api_error_status: 429, result: text });
  scene.place.manager.exit(name, 1);
};

test("the queue says what it holds", async () => {
  expect((await ask("GET")).queue).toEqual({
    paused: null,
    limit: null,
    waitForLimits: true,
    slots: 3,
    maxSlots: 3,
    running: 0,
    queued: 0,
    waitingForLimit: 0,
    waitingForApproval: 0,
    oldestQueuedAt: null,
  });
});

test("a burst of more jobs than there are connections to the database is taken at once, right after the first start", async () => {
  await ask("POST", "/pause", {});
  const client = new pg.Client({ connectionString: scene.database.url });
  await client.connect();
  await client.query("begin; lock table jobs");
  const answers = Array.from({ length: 60 }, (_, index) => scene.worker.call("POST", "/api/jobs", { prompt: `job ${index}` }));
  const waiting = "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())";
  await until("all connections to be taken", async () => ((await client.query(waiting)).rowCount ?? 0) >= 20);
  await client.query("commit");
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([201]));
  expect((await ask("GET")).queue.queued).toBe(60);
  await client.end();
});

test("[W26] a paused queue starts nothing, lets what runs go on, and starts all once it is resumed, the urgent first", async () => {
  const running = await scene.worker.post();
  await started(`job-${running.id}-1`);
  const answer = await scene.worker.call("POST", "/api/queue/pause", { reason: "moving house" });
  expect((await answer.json()) as QueueView).toMatchObject({ paused: { by: null, reason: "moving house" }, running: 1 });
  await ask("PATCH", "", { slots: 1 });
  const jobs = [
    await scene.worker.post({ prompt: "plain" }),
    await scene.worker.post({ prompt: "late", priority: -5 }),
    await scene.worker.post({ prompt: "urgent", priority: 50 }),
  ];
  finish(`job-${running.id}-1`);
  await inState(running.id, "succeeded");
  expect((await ask("POST", "/pause", {})).queue).toMatchObject({
    paused: { reason: "moving house" },
    queued: 3,
    running: 0,
    oldestQueuedAt: jobs[0]?.createdAt,
  });
  noteOrder();
  expect((await ask("POST", "/resume")).queue.paused).toBeNull();
  for (const { id } of jobs) await inState(id, "succeeded");
  expect(order).toEqual([jobs[2]?.id, jobs[0]?.id, jobs[1]?.id]);
});

test("[W3] fewer slots hold at once: what runs over the number goes on, and nothing new starts until there is room", async () => {
  const jobs = [];
  for (const prompt of ["one", "two", "three", "four", "five"]) jobs.push(await scene.worker.post({ prompt }));
  await until("three to run", () => scene.place.manager.containers.size === 3);
  expect((await ask("PATCH", "", { slots: 2 })).queue).toMatchObject({ slots: 2, maxSlots: 3, running: 3 });
  const [first, second, third] = [...scene.place.manager.containers.keys()] as [string, string, string];
  finish(first);
  await until("the first to be gone", () => !scene.place.manager.containers.has(first));
  const other = await scene.place.worker({ WORKER_NAME: "two" });
  await ready(other);
  expect((await ask("GET")).queue).toMatchObject({ running: 2, queued: 2 });
  finish(second);
  await until("the fourth to run", () => scene.place.manager.containers.size === 2 && !scene.place.manager.containers.has(second));
  scene.place.manager.onStart = finish;
  for (const name of scene.place.manager.containers.keys()) finish(name);
  expect(scene.place.manager.containers.has(third)).toBe(true);
  for (const { id } of jobs) await inState(id, "succeeded");
  expect((await ask("PATCH", "", { slots: 4 })).queue.code).toBe("queue.too-many-slots");
});

test("[W25] a usage limit makes its job and the whole queue wait, visibly, until it is over; no attempt is used up and the session goes on", async () => {
  const resetsAt = Math.ceil(Date.now() / 1_000) + 2;
  let runs = 0;
  scene.place.manager.onStart = (name) => {
    if (runs++ > 0) return finish(name);
    scene.place.manager.print(name, { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } });
    limited(name, "You've hit your session limit · resets 8pm (UTC)");
  };
  const { id } = await scene.worker.post({ maxAttempts: 1 });
  const waiting = await inState(id, "waiting-for-limit");
  expect(waiting).toMatchObject({ error: null, attempts: [{ state: "limited", error: { code: "job.usage-limit" } }] });
  const later = await scene.worker.post({ prompt: "later" });
  expect((await ask("GET")).queue).toMatchObject({
    limit: { until: new Date(resetsAt * 1_000).toISOString(), reason: "You've hit your session limit · resets 8pm (UTC)", provider: "rehearsal" },
    waitingForLimit: 1,
    queued: 1,
    running: 0,
  });
  expect(await inState(id, "succeeded")).toMatchObject({ attempts: [{ state: "limited" }, { state: "succeeded", sessionId: waiting.attempts[0]?.sessionId }] });
  expect(Date.now()).toBeGreaterThanOrEqual(resetsAt * 1_000);
  await inState(later.id, "succeeded");
  expect((await ask("GET")).queue).toMatchObject({ limit: null, waitingForLimit: 0 });
});

test("[W25] a wait can be ended by hand; what waited goes before what came later", async () => {
  scene.place.manager.onStart = (name) => limited(name, "You've hit your weekly limit · resets Nov 24, 3pm (UTC)");
  await ask("PATCH", "", { slots: 1 });
  const { id } = await scene.worker.post();
  await inState(id, "waiting-for-limit");
  const later = await scene.worker.post({ prompt: "later" });
  noteOrder();
  expect((await ask("POST", "/limit/clear")).queue).toMatchObject({ limit: null, waitingForLimit: 0, queued: 2 });
  for (const one of [id, later.id]) await inState(one, "succeeded");
  expect(order).toEqual([id, later.id]);
});

test("[W25] with waiting off a limit is an error like another: attempts are tried and used up", async () => {
  scene.place.manager.onStart = (name) => limited(name, "You've hit your session limit");
  const { id } = await scene.worker.post({ maxAttempts: 2 });
  await inState(id, "waiting-for-limit");
  expect((await ask("PATCH", "", { waitForLimits: false })).queue).toMatchObject({ waitForLimits: false, limit: null });
  expect(await inState(id, "failed")).toMatchObject({
    error: { code: "job.usage-limit" },
    attempts: [{ state: "limited" }, { state: "failed" }, { state: "failed" }],
  });
});

test("[W25] a plain refusal is a limit when the gateway says that no provider can be asked for long", async () => {
  const nextProbeAt = new Date(Date.now() + 3_600_000).toISOString();
  scene.place.gateway.providers = [{ name: "anthropic", configured: true, state: "open", nextProbeAt }];
  scene.place.manager.onStart = (name) => limited(name, "API Error: 429");
  const { id } = await scene.worker.post();
  await inState(id, "waiting-for-limit");
  expect((await ask("GET")).queue.limit?.until).toBe(nextProbeAt);
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`);
  await inState(id, "cancelled");
});

test("[W25] a command runs while the models are being waited for", async () => {
  scene.place.manager.onStart = (name, { argv }) =>
    argv[0] === "run-job" ? limited(name, "You've hit your weekly limit · resets Nov 24, 3pm (UTC)") : scene.place.manager.exit(name, 0);
  const { id } = await scene.worker.post();
  await inState(id, "waiting-for-limit");
  const schedule = await scene.worker.call("POST", "/api/schedules", { name: "tidy", schedule: "@daily", command: ["true"] });
  const run = await scene.worker.call("POST", `/api/schedules/${((await schedule.json()) as { id: string }).id}/run`);
  await inState(((await run.json()) as { id: string }).id, "succeeded");
});

test.each([
  ["PATCH", "", { slots: 0 }],
  ["PATCH", "", { waitForLimits: "yes" }],
  ["POST", "/pause", { reason: "a\0" }],
  ["POST", "/resume", { now: true }],
])("%s /api/queue%s refuses %j", async (method, path, body) => {
  expect((await ask(method, path, body)).status).toBe(400);
});
