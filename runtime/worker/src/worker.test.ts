import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { successOf, type RunningWorker } from "./testing/worker-place.ts";
import { ended, ready, withPlace } from "./testing/worker-scene.ts";

const scene = withPlace();
const { started, logOf, finish, sql } = scene;

test("a job runs in one container and ends with its result, cost and log, its key revoked and its container gone", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  scene.place.manager.onStart = (name) => {
    scene.place.manager.print(name, { type: "system", subtype: "init" }, successOf("all done"));
    scene.place.manager.exit(name, 0);
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
  expect(await readFile(join(scene.place.jobsDir, id, "input", "prompt-1.txt"), "utf8")).toBe("first line\nsecond");
  expect(scene.place.manager.containers.size).toBe(0);
  expect([scene.place.gateway.keys.size, scene.place.gateway.open]).toEqual([1, 0]);
});

test("[W1] a job and its queue entry commit together or not at all", async () => {
  const worker = await scene.place.worker({ JOB_SLOTS: "1" });
  await ready(worker);
  await sql("create function refuse() returns trigger language plpgsql as $$ begin raise 'no queue today'; end $$");
  await sql("create trigger refuse before insert on pgboss.job_common for each row execute function refuse()");
  expect((await worker.call("POST", "/api/jobs", { prompt: "x" })).status).toBe(500);
  expect(await sql("select count(*)::int as jobs from jobs")).toEqual([{ jobs: 0 }]);
});

test("[W1] a queued job whose queue entry went missing is run all the same", async () => {
  const worker = await scene.place.worker({ JOB_SLOTS: "1" });
  await ready(worker);
  const first = await worker.post();
  await started(`job-${first.id}-1`);
  const second = await worker.post();
  await sql("delete from pgboss.job");
  scene.place.manager.onStart = (name) => finish(name);
  finish(`job-${first.id}-1`);
  expect(await ended(worker, second.id)).toMatchObject({ state: "succeeded" });
});

test("[W2] a known idempotency key gives the earlier job, also to twenty requests at once, and refuses another body", async () => {
  const worker = await scene.place.worker();
  await ready(worker);
  const answers = await Promise.all(Array.from({ length: 20 }, () => worker.call("POST", "/api/jobs", { prompt: "x", idempotencyKey: "k" })));
  expect(answers.map((answer) => answer.status).toSorted((one, other) => one - other)).toEqual([...Array<number>(19).fill(200), 201]);
  expect(new Set(await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id))).size).toBe(1);
  const other = await worker.call("POST", "/api/jobs", { prompt: "y", idempotencyKey: "k" });
  expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([409, "job.idempotency-mismatch"]);
});

test("[W3] [W4] three workers with three slots never run more than three containers, nor two of one job, while attempts fail and are retried", async () => {
  const tries = new Map<string, number>();
  scene.place.manager.onStart = (name, { jobId }) => {
    const count = (tries.get(jobId) ?? 0) + 1;
    tries.set(jobId, count);
    setTimeout(() => (count < 2 ? scene.place.manager.exit(name, 1) : finish(name)), 150);
  };
  const workers = await Promise.all(["one", "two", "three"].map((name) => scene.place.worker({ WORKER_NAME: name, JOB_SLOTS: "3" })));
  await Promise.all(workers.map(ready));
  const jobs = await Promise.all(Array.from({ length: 15 }, (_, index) => (workers[index % 3] as RunningWorker).post({ prompt: `job ${index}` })));
  for (const job of jobs)
    expect(await ended(workers[0] as RunningWorker, job.id)).toMatchObject({
      state: "succeeded",
      attempts: [{ state: "failed" }, { state: "succeeded" }],
    });
  expect(scene.place.manager.most).toEqual({ running: 3, ofOneJob: 1 });
}, 90_000);

test("[W5] an entry that is delivered twice, or whose job is gone, starts nothing", async () => {
  const worker = await scene.place.worker({ JOB_SLOTS: "2" });
  await ready(worker);
  const { id } = await worker.post();
  const [name] = await until("the container", () => (scene.place.manager.containers.size === 1 ? [...scene.place.manager.containers.keys()] : undefined));
  for (const jobId of [id, id, "0193a1b2-0000-7000-8000-00000000dead"])
    await sql(`insert into pgboss.job (name, data) values ('jobs', '{"jobId":"${jobId}"}')`);
  await until("the entries to be taken", async () =>
    (await sql("select count(*)::int as waiting from pgboss.job where state < 'active'"))[0]?.["waiting"] === 0 ? true : undefined,
  );
  finish(name ?? "");
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(scene.place.manager.most.ofOneJob).toBe(1);
});
