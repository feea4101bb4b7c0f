import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { until } from "../../../tests/support/until.ts";
import { isFinal } from "./job-states.ts";
import { successOf, WorkerPlace, type RunningWorker } from "./testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;

beforeEach(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
});
afterEach(async () => {
  await place.stop();
  await database.drop();
});

const ready = (worker: RunningWorker) => until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
const ended = (worker: RunningWorker, id: string) =>
  until("the job to end", async () => {
    const job = await worker.get(id);
    return isFinal(job.state) ? job : undefined;
  });
const started = (name: string) => until(`container ${name}`, () => place.manager.containers.get(name));
const logOf = (id: string, attempt = 1) => readFile(join(place.jobsDir, id, "attempts", `${attempt}.ndjson`), "utf8");
const finish = (name: string) => {
  place.manager.print(name, successOf("done"));
  place.manager.exit(name, 0);
};
const sql = async (text: string) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};

test("a job runs in one container and ends with its result, cost and log, its key revoked and its container gone", async () => {
  const worker = await place.worker();
  await ready(worker);
  place.manager.onStart = (name) => {
    place.manager.print(name, { type: "system", subtype: "init" }, successOf("all done"));
    place.manager.exit(name, 0);
  };
  const { id } = await worker.post({ prompt: "first line\nsecond" });
  const job = await ended(worker, id);
  expect(job).toMatchObject({
    title: "first line",
    state: "succeeded",
    result: "all done",
    error: null,
    costUsd: 0.5,
    provider: "rehearsal",
    attempts: [{ number: 1, state: "succeeded", exitCode: 0, error: null }],
  });
  expect(
    (await logOf(id))
      .split("\n")
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { type: string }).type),
  ).toEqual(["system", "result"]);
  expect(await readFile(join(place.jobsDir, id, "input", "prompt-1.txt"), "utf8")).toBe("first line\nsecond");
  expect(place.manager.containers.size).toBe(0);
  expect([place.gateway.keys.size, place.gateway.open]).toEqual([1, 0]);
});

test("[W1] a job and its queue entry commit together or not at all", async () => {
  const worker = await place.worker({ JOB_SLOTS: "1" });
  await ready(worker);
  await sql("create function refuse() returns trigger language plpgsql as $$ begin raise 'no queue today'; end $$");
  await sql("create trigger refuse before insert on pgboss.job_common for each row execute function refuse()");
  expect((await worker.call("POST", "/api/jobs", { prompt: "x" })).status).toBe(500);
  expect(await sql("select count(*)::int as jobs from jobs")).toEqual([{ jobs: 0 }]);
});

test("[W1] a queued job whose queue entry went missing is run all the same", async () => {
  const worker = await place.worker({ JOB_SLOTS: "1" });
  await ready(worker);
  const first = await worker.post();
  await started(`job-${first.id}-1`);
  const second = await worker.post();
  await sql("delete from pgboss.job");
  place.manager.onStart = (name) => finish(name);
  finish(`job-${first.id}-1`);
  expect(await ended(worker, second.id)).toMatchObject({ state: "succeeded" });
});

test("[W2] a known idempotency key gives the earlier job, also to twenty requests at once, and refuses another body", async () => {
  const worker = await place.worker();
  await ready(worker);
  const answers = await Promise.all(Array.from({ length: 20 }, () => worker.call("POST", "/api/jobs", { prompt: "x", idempotencyKey: "k" })));
  expect(answers.map((answer) => answer.status).toSorted((one, other) => one - other)).toEqual([...Array<number>(19).fill(200), 201]);
  expect(new Set(await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id))).size).toBe(1);
  const other = await worker.call("POST", "/api/jobs", { prompt: "y", idempotencyKey: "k" });
  expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([409, "job.idempotency-mismatch"]);
});

test("[W3] [W4] three workers with three slots never run more than three containers, nor two of one job, while attempts fail and are retried", async () => {
  const tries = new Map<string, number>();
  place.manager.onStart = (name, { jobId }) => {
    const count = (tries.get(jobId) ?? 0) + 1;
    tries.set(jobId, count);
    setTimeout(() => (count < 2 ? place.manager.exit(name, 1) : finish(name)), 150);
  };
  const workers = await Promise.all(["one", "two", "three"].map((name) => place.worker({ WORKER_NAME: name, JOB_SLOTS: "3" })));
  await Promise.all(workers.map(ready));
  const jobs = await Promise.all(Array.from({ length: 15 }, (_, index) => (workers[index % 3] as RunningWorker).post({ prompt: `job ${index}` })));
  for (const job of jobs)
    expect(await ended(workers[0] as RunningWorker, job.id)).toMatchObject({
      state: "succeeded",
      attempts: [{ state: "failed" }, { state: "succeeded" }],
    });
  expect(place.manager.most).toEqual({ running: 3, ofOneJob: 1 });
}, 40_000);

test("[W5] an entry that is delivered twice, or whose job is gone, starts nothing", async () => {
  const worker = await place.worker({ JOB_SLOTS: "2" });
  await ready(worker);
  const { id } = await worker.post();
  const [name] = await until("the container", () => (place.manager.containers.size === 1 ? [...place.manager.containers.keys()] : undefined));
  for (const jobId of [id, id, "0193a1b2-0000-7000-8000-00000000dead"])
    await sql(`insert into pgboss.job (name, data) values ('jobs', '{"jobId":"${jobId}"}')`);
  await until("the entries to be taken", async () =>
    (await sql("select count(*)::int as waiting from pgboss.job where state < 'active'"))[0]?.["waiting"] === 0 ? true : undefined,
  );
  finish(name ?? "");
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(place.manager.most.ofOneJob).toBe(1);
});

test("[W6] [W7] an attempt whose worker fell silent is taken over, and the old holder changes nothing any more", async () => {
  const first = await place.worker({ WORKER_NAME: "silent", LEASE_MS: "60000" });
  await ready(first);
  const { id } = await first.post();
  const name = `job-${id}-1`;
  await started(name);
  place.manager.print(name, "before");
  await until("the first line", async () => (await logOf(id).catch(() => "")) === "before\n");
  await sql("update attempts set lease_until = now() - interval '1 second'");
  const second = await place.worker({ WORKER_NAME: "second" });
  await ready(second);
  await until("the new holder", async () => (await sql("select worker from attempts"))[0]?.["worker"] === "second");
  place.manager.print(name, "after");
  finish(name);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe(`before\nafter\n${JSON.stringify(successOf("done"))}\n`);
  expect(await sql("select kind from events where kind = 'attempt.succeeded'")).toHaveLength(1);
});

test("[W7] [W18] a worker that stops leaves the container running, and the next goes on at the stored byte", async () => {
  const first = await place.worker();
  await ready(first);
  const { id } = await first.post();
  const name = `job-${id}-1`;
  await started(name);
  place.manager.print(name, "one");
  await until("the first line", async () => (await logOf(id).catch(() => "")) === "one\n");
  await first.stop();
  expect(place.manager.containers.get(name)?.state).toBe("running");
  place.manager.print(name, "two");
  const second = await place.worker({ WORKER_NAME: "other" });
  await ready(second);
  finish(name);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe(`one\ntwo\n${JSON.stringify(successOf("done"))}\n`);
  expect(place.manager.calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
});

test("[W7] a container that ended while no worker was there is judged by its log", async () => {
  const first = await place.worker();
  await ready(first);
  const { id } = await first.post();
  await started(`job-${id}-1`);
  await first.stop();
  finish(`job-${id}-1`);
  const second = await place.worker();
  await ready(second);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", result: "done", attempts: [{ number: 1, exitCode: 0 }] });
});

test("[W8] [W9] a container that is gone loses its attempt, and the next one resumes the session when it has a transcript", async () => {
  const worker = await place.worker();
  await ready(worker);
  const { id } = await worker.post({ prompt: "the whole task" });
  const first = await started(`job-${id}-1`);
  const session = first.request.argv.at(-1) ?? "";
  await mkdir(join(place.jobsDir, id, "claude/projects/-workspace"), { recursive: true });
  await writeFile(join(place.jobsDir, id, "claude/projects/-workspace", `${session}.jsonl`), "{}\n");
  place.manager.onStart = (name) => finish(name);
  place.manager.vanish(`job-${id}-1`);
  const job = await ended(worker, id);
  expect(job).toMatchObject({
    state: "succeeded",
    attempts: [
      { number: 1, state: "lost", error: { code: "job.lost" }, sessionId: session },
      { number: 2, state: "succeeded", sessionId: session },
    ],
  });
  expect(await readFile(join(place.jobsDir, id, "input/prompt-2.txt"), "utf8")).toMatch(/^Continue/);
  expect(first.request.argv.slice(-2)).toEqual(["--session-id", session]);
});

test("[W9] without a transcript the next attempt gets the whole prompt, and a lost session is not resumed", async () => {
  const argvs: string[][] = [];
  place.manager.onStart = (name, request) => {
    argvs.push(request.argv);
    if (argvs.length === 1)
      place.manager.print(name, { type: "result", subtype: "error_during_execution", is_error: true, errors: ["No conversation found with session ID: x"] });
    if (argvs.length < 3) place.manager.exit(name, 1);
    else finish(name);
  };
  const worker = await place.worker();
  await ready(worker);
  const job = await ended(worker, (await worker.post({ prompt: "the whole task" })).id);
  expect(job.attempts.map((attempt) => attempt.error?.code)).toEqual(["job.session-lost", "job.crashed", undefined]);
  expect(argvs.map((argv) => argv.at(-2))).toEqual(["--session-id", "--session-id", "--session-id"]);
  expect(new Set(job.attempts.map((attempt) => attempt.sessionId)).size).toBe(2);
  expect(await readFile(join(place.jobsDir, job.id, "input/prompt-3.txt"), "utf8")).toBe("the whole task");
});

test("[W9] a job fails with its last error when its attempts are used up", async () => {
  place.manager.onStart = (name) => place.manager.exit(name, 1);
  const worker = await place.worker();
  await ready(worker);
  const job = await ended(worker, (await worker.post({ maxAttempts: 2 })).id);
  expect(job).toMatchObject({
    state: "failed",
    error: { code: "job.crashed" },
    result: null,
    attempts: [
      { state: "failed", exitCode: 1 },
      { state: "failed", exitCode: 1 },
    ],
  });
});

test("[W11] a refused credential fails at once", async () => {
  place.manager.onStart = (name) => {
    place.manager.print(name, { type: "result", subtype: "success", is_error: true, api_error_status: 401, result: "Failed to authenticate" });
    place.manager.exit(name, 1);
  };
  const worker = await place.worker();
  await ready(worker);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({
    state: "failed",
    error: { code: "job.auth", message: "Failed to authenticate" },
    attempts: [{ number: 1 }],
  });
});

test("[W12] a run that does not go away after its result is ended and has succeeded", async () => {
  place.manager.onStart = (name) => place.manager.print(name, successOf("done"));
  const worker = await place.worker({ JOB_EXIT_GRACE_MS: "50" });
  await ready(worker);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({ state: "succeeded", attempts: [{ exitCode: 143 }] });
});

test("[W12] a silent run is stopped and tried again, one over its time is not", async () => {
  const worker = await place.worker({ JOB_STALL_MS: "300" });
  await ready(worker);
  const stalled = await ended(worker, (await worker.post({ maxAttempts: 2 })).id);
  expect(stalled.attempts.map((attempt) => attempt.error?.code)).toEqual(["job.stalled", "job.stalled"]);
  await worker.stop();
  const patient = await place.worker();
  await ready(patient);
  expect(await ended(patient, (await patient.post({ timeoutMs: 1_000 })).id)).toMatchObject({
    state: "failed",
    error: { code: "job.timeout" },
    attempts: [{ number: 1 }],
  });
});

test("[W12] a flood of output ends the run at the limit of its log", async () => {
  place.manager.onStart = (name) => place.manager.print(name, "x".repeat(300_000));
  const worker = await place.worker({ JOB_LOG_LIMIT_MB: "0.1" });
  await ready(worker);
  const job = await ended(worker, (await worker.post()).id);
  expect(job).toMatchObject({ state: "failed", error: { code: "job.log-limit" } });
  expect(place.manager.containers.size).toBe(0);
});

test("[W13] cancelling ends a waiting job at once and a running one by stopping its container, twice as well as once", async () => {
  const worker = await place.worker({ JOB_SLOTS: "1" });
  await ready(worker);
  const running = await worker.post();
  await started(`job-${running.id}-1`);
  const waiting = await worker.post();
  const cancel = async (id: string) => {
    const answer = await worker.call("POST", `/api/jobs/${id}/cancel`);
    return [answer.status, ((await answer.json()) as { state: string }).state];
  };
  expect(await cancel(waiting.id)).toEqual([202, "cancelled"]);
  expect(await cancel(running.id)).toEqual([202, "running"]);
  expect(await ended(worker, running.id)).toMatchObject({ state: "cancelled", error: null, attempts: [{ state: "cancelled" }] });
  expect([await cancel(running.id), await cancel(waiting.id)]).toEqual([
    [202, "cancelled"],
    [202, "cancelled"],
  ]);
  expect(place.manager.containers.size).toBe(0);
  const after = await worker.post();
  await started(`job-${after.id}-1`);
  expect((await worker.get(waiting.id)).attempts).toEqual([]);
});

test("[W13] a cancel that another worker took reaches the holder", async () => {
  const holder = await place.worker({ WORKER_NAME: "holder" });
  await ready(holder);
  const { id } = await holder.post();
  await started(`job-${id}-1`);
  place.manager.onStop = () => undefined;
  await sql(`update jobs set cancel_requested_at = now() where id = '${id}'`);
  await until("the holder to ask for the end", () => place.manager.calls.includes(`POST /containers/job-${id}-1/stop`));
  place.manager.exit(`job-${id}-1`, 137);
  expect(await ended(holder, id)).toMatchObject({ state: "cancelled", attempts: [{ state: "cancelled", exitCode: 137 }] });
});

test("[W13] a job can be cancelled while its container can't be started", async () => {
  place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const worker = await place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await until("a try to start", () => place.manager.calls.some((call) => call.startsWith("PUT")));
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  expect(await ended(worker, id)).toMatchObject({ state: "cancelled" });
});

test("[W14] the log survives a manager that dies and connections that are cut, byte for byte", async () => {
  const worker = await place.worker();
  await ready(worker);
  place.manager.cutLogAfter = 1_000;
  const { id } = await worker.post();
  const name = `job-${id}-1`;
  await started(name);
  const lines = Array.from({ length: 200 }, (_, number) => `line ${number} ${"ü".repeat(number)}`);
  place.manager.print(name, ...lines.slice(0, 100));
  await until("some of the log", async () => (await logOf(id).catch(() => "")).length > 2_000);
  await place.manager.crash();
  place.manager.print(name, ...lines.slice(100));
  finish(name);
  await place.manager.start();
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe([...lines, JSON.stringify(successOf("done")), ""].join("\n"));
}, 40_000);

test("a manager and a gateway that are away are waited for, and then the job runs once", async () => {
  await place.manager.crash();
  place.gateway.status = 503;
  place.manager.onStart = (name) => finish(name);
  const worker = await place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await until("the job to be taken", async () => (await worker.get(id)).state === "running");
  await place.manager.start();
  place.gateway.status = undefined;
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(place.manager.most.ofOneJob).toBe(1);
});

test("a lost answer to the request that started the container starts no second one", async () => {
  const worker = await place.worker();
  await ready(worker);
  let lost = false;
  place.manager.loseAnswer = (call) => call.startsWith("PUT") && !lost && (lost = true);
  const { id } = await worker.post();
  await until("the attempt to be started", async () => (await sql("select container_started_at from attempts"))[0]?.["container_started_at"] instanceof Date);
  finish(`job-${id}-1`);
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(place.manager.calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
});

test("a container that can't be started in time fails the attempt with the reason", async () => {
  place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const worker = await place.worker({ JOB_START_TIMEOUT_MS: "300" });
  await ready(worker);
  const job = await ended(worker, (await worker.post({ maxAttempts: 1 })).id);
  expect(job).toMatchObject({ state: "failed", error: { code: "job.start-failed", message: expect.stringContaining("scripted.fault") } });
});

test("[W16] keys that could not be revoked, and a cost that could not be asked, are caught up on", async () => {
  const worker = await place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await started(`job-${id}-1`);
  place.gateway.status = 500;
  finish(`job-${id}-1`);
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", costUsd: null });
  expect(place.gateway.open).toBe(1);
  place.gateway.status = undefined;
  await until("the key to be revoked and the cost to be known", async () => place.gateway.open === 0 && (await worker.get(id)).costUsd === 0.5);
});

test("[W17] a container that no attempt owns is removed, also when it stands in a job's way", async () => {
  const worker = await place.worker({ SWEEP_MS: "60000", JOB_SLOTS: "1" });
  await ready(worker);
  await until("the first sweep", () => place.manager.calls.includes("GET /containers"));
  place.manager.add("job-orphan", { jobId: "0193a1b2-0000-7000-8000-00000000dead", attempt: 1, slot: 1, argv: [], env: {} });
  place.manager.onStart = (name) => finish(name);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(place.manager.containers.has("job-orphan")).toBe(false);
});

test("a database whose connections are cut in the middle of a job changes nothing of its end", async () => {
  const worker = await place.worker();
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
  await until("the attempt to have met the fault", () => place.manager.calls.some((call) => call.startsWith("DELETE")), { timeoutMs: 30_000 }).finally(() =>
    met.abort(),
  );
  await cutting;
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
}, 60_000);
