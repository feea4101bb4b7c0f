import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { successOf } from "./testing/worker-place.ts";
import { ended, ready, withPlace } from "./testing/worker-scene.ts";

const scene = withPlace();
const { started, logOf, finish, sql } = scene;

test("[W6] [W7] an attempt whose worker fell silent is taken over, and the old holder changes nothing any more", async () => {
  const first = await scene.place.worker({ WORKER_NAME: "silent", LEASE_MS: "60000" });
  await ready(first);
  const { id } = await first.post();
  const name = `job-${id}-1`;
  await started(name);
  scene.place.manager.print(name, "before");
  await until("the first line", async () => (await logOf(id).catch(() => "")) === "before\n");
  await sql("update attempts set lease_until = now() - interval '1 second'");
  const second = await scene.place.worker({ WORKER_NAME: "second" });
  await ready(second);
  await until("the new holder", async () => (await sql("select worker from attempts"))[0]?.["worker"] === "second");
  scene.place.manager.print(name, "after");
  finish(name);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe(`before\nafter\n${JSON.stringify(successOf("done"))}\n`);
  expect(await sql("select kind from events where kind = 'attempt.succeeded'")).toHaveLength(1);
});

test("[W7] [W18] a worker that stops leaves the container running, and the next goes on at the stored byte", async () => {
  const first = await scene.place.worker();
  await ready(first);
  const { id } = await first.post();
  const name = `job-${id}-1`;
  await started(name);
  scene.place.manager.print(name, "one");
  await until("the first line", async () => (await logOf(id).catch(() => "")) === "one\n");
  await first.stop();
  expect(scene.place.manager.containers.get(name)?.state).toBe("running");
  scene.place.manager.print(name, "two");
  const second = await scene.place.worker({ WORKER_NAME: "other" });
  await ready(second);
  finish(name);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(await logOf(id)).toBe(`one\ntwo\n${JSON.stringify(successOf("done"))}\n`);
  expect(scene.place.manager.calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
});

test("[W7] a container that ended while no worker was there is judged by its log", async () => {
  const first = await scene.place.worker();
  await ready(first);
  const { id } = await first.post();
  await started(`job-${id}-1`);
  await first.stop();
  finish(`job-${id}-1`);
  const second = await scene.place.worker();
  await ready(second);
  expect(await ended(second, id)).toMatchObject({ state: "succeeded", result: "done", attempts: [{ number: 1, exitCode: 0 }] });
});

test("[W8] [W9] a container that is gone loses its attempt, and the next one resumes the session when it has a transcript", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  const { id } = await worker.post({ prompt: "the whole task" });
  const first = await started(`job-${id}-1`);
  const session = first.request.argv.at(-1) ?? "";
  await mkdir(join(scene.place.jobsDir, id, "claude/projects/-workspace"), { recursive: true });
  await writeFile(join(scene.place.jobsDir, id, "claude/projects/-workspace", `${session}.jsonl`), "{}\n");
  scene.place.manager.onStart = (name) => finish(name);
  scene.place.manager.vanish(`job-${id}-1`);
  const job = await ended(worker, id);
  expect(job).toMatchObject({
    state: "succeeded",
    attempts: [
      { number: 1, state: "lost", error: { code: "job.lost" }, sessionId: session },
      { number: 2, state: "succeeded", sessionId: session },
    ],
  });
  expect(await readFile(join(scene.place.jobsDir, id, "input/prompt-2.txt"), "utf8")).toMatch(/^Continue/);
  expect(first.request.argv.slice(-2)).toEqual(["--session-id", session]);
});

test("[W9] without a transcript the next attempt gets the whole prompt, and a lost session is not resumed", async () => {
  const argvs: string[][] = [];
  scene.place.manager.onStart = (name, request) => {
    argvs.push(request.argv);
    if (argvs.length === 1)
      scene.place.manager.print(name, {
        type: "result",
        subtype: "error_during_execution",
        is_error: true,
        errors: ["No conversation found with session ID: x"],
      });
    if (argvs.length < 3) scene.place.manager.exit(name, 1);
    else finish(name);
  };
  const worker = await scene.place.worker();
  await ready(worker);
  const job = await ended(worker, (await worker.post({ prompt: "the whole task" })).id);
  expect(job.attempts.map((attempt) => attempt.error?.code)).toEqual(["job.session-lost", "job.crashed", undefined]);
  expect(argvs.map((argv) => argv.at(-2))).toEqual(["--session-id", "--session-id", "--session-id"]);
  expect(new Set(job.attempts.map((attempt) => attempt.sessionId)).size).toBe(2);
  expect(await readFile(join(scene.place.jobsDir, job.id, "input/prompt-3.txt"), "utf8")).toBe("the whole task");
});

test("[W9] a job fails with its last error when its attempts are used up", async () => {
  scene.place.manager.onStart = (name) => scene.place.manager.exit(name, 1);
  const worker = await scene.place.worker();
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
  scene.place.manager.onStart = (name) => {
    scene.place.manager.print(name, { type: "result", subtype: "success", is_error: true, api_error_status: 401, result: "Failed to authenticate" });
    scene.place.manager.exit(name, 1);
  };
  const worker = await scene.place.worker();
  await ready(worker);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({
    state: "failed",
    error: { code: "job.auth", message: "Failed to authenticate" },
    attempts: [{ number: 1 }],
  });
});

test("[W12] a run that does not go away after its result is ended and has succeeded", async () => {
  scene.place.manager.onStart = (name) => scene.place.manager.print(name, successOf("done"));
  const worker = await scene.place.worker({ JOB_EXIT_GRACE_MS: "50" });
  await ready(worker);
  expect(await ended(worker, (await worker.post()).id)).toMatchObject({ state: "succeeded", attempts: [{ exitCode: 143 }] });
});

test("[W12] a silent run is stopped and tried again, one over its time is not", async () => {
  const worker = await scene.place.worker({ JOB_STALL_MS: "300" });
  await ready(worker);
  const stalled = await ended(worker, (await worker.post({ maxAttempts: 2 })).id);
  expect(stalled.attempts.map((attempt) => attempt.error?.code)).toEqual(["job.stalled", "job.stalled"]);
  await worker.stop();
  const patient = await scene.place.worker();
  await ready(patient);
  expect(await ended(patient, (await patient.post({ timeoutMs: 1_000 })).id)).toMatchObject({
    state: "failed",
    error: { code: "job.timeout" },
    attempts: [{ number: 1 }],
  });
});

test("[W12] a flood of output ends the run at the limit of its log", async () => {
  scene.place.manager.onStart = (name) => scene.place.manager.print(name, "x".repeat(300_000));
  const worker = await scene.place.worker({ JOB_LOG_LIMIT_MB: "0.1" });
  await ready(worker);
  const job = await ended(worker, (await worker.post()).id);
  expect(job).toMatchObject({ state: "failed", error: { code: "job.log-limit" } });
  expect(scene.place.manager.containers.size).toBe(0);
});
