import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import type { Job } from "../job.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "20" });
const { running, finish } = scene;

const unknownId = "0193a1b2-0000-7000-8000-00000000dead";

test.each([
  { what: "no body", body: undefined, status: 400, code: "request.invalid" },
  { what: "broken JSON", body: '{"prompt":', status: 400, code: "request.not-json" },
  { what: "an empty prompt", body: { prompt: "" }, status: 400, code: "request.invalid" },
  { what: "an unknown field", body: { prompt: "x", urgency: 1 }, status: 400, code: "request.invalid" },
  { what: "a NUL", body: { prompt: "a\0b" }, status: 400, code: "request.invalid" },
  { what: "a prompt over a million characters", body: { prompt: "x".repeat(1_000_001) }, status: 400, code: "request.invalid" },
  { what: "a body of 50 MB", body: { prompt: "x".repeat(50_000_000) }, status: 413, code: "request.too-large" },
])("a job with $what is refused with $code", async ({ body, status, code }) => {
  expect(await problem(await scene.worker.call("POST", "/api/jobs", body))).toMatchObject({ status, code });
});

test.each([
  { method: "GET", path: `/api/jobs/${unknownId}`, status: 404, code: "job.unknown" },
  { method: "POST", path: `/api/jobs/${unknownId}/cancel`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/log`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/log.ndjson`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/files`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/files/content?path=x`, status: 404, code: "job.unknown" },
  { method: "GET", path: "/api/jobs/..%2f..%2fetc", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?limit=0", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?state=done", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?cursor=nonsense", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?cursor=%E0%A4%A", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/other", status: 404, code: "request.not-found" },
])("$method $path is answered with $code", async ({ method, path, status, code }) => {
  expect(await problem(await scene.worker.call(method, path))).toMatchObject({ status, code });
});

test("a caller without the token is turned away", async () => {
  expect(await problem(await fetch(`${scene.worker.url}/api/jobs`))).toMatchObject({ status: 401, code: "auth.required" });
});

test("a prompt of a million multi-byte characters is taken and listed cut", async () => {
  const prompt = `${"€".repeat(999_999)}x`;
  const { id } = await scene.worker.post({ prompt });
  expect((await scene.worker.get(id)).prompt).toBe(prompt);
  const { jobs } = (await (await scene.worker.call("GET", "/api/jobs?limit=1")).json()) as { jobs: Job[] };
  expect(jobs[0]).toMatchObject({ id, prompt: "€".repeat(300), title: `${"€".repeat(99)}…` });
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`);
});

test("the list is paged by its cursor, newest first, without gaps when jobs are added in between", async () => {
  const made: string[] = [];
  for (let number = 0; number < 5; number++) made.push((await scene.worker.post({ prompt: `page ${number}` })).id);
  const page = async (query: string) =>
    (await (await scene.worker.call("GET", `/api/jobs?limit=2${query}`)).json()) as { jobs: Job[]; nextCursor: string | null };
  const first = await page("");
  await scene.worker.post({ prompt: "newer" });
  const second = await page(`&cursor=${first.nextCursor}`);
  expect([...first.jobs, ...second.jobs].map((job) => job.id)).toEqual(made.toReversed().slice(0, 4));
  const cancelled = (await (await scene.worker.call("GET", "/api/jobs?state=cancelled&limit=200")).json()) as { jobs: Job[]; nextCursor: string | null };
  expect(cancelled.nextCursor).toBeNull();
  expect(cancelled.jobs.every((job) => job.state === "cancelled")).toBe(true);
});

test("the metrics count jobs by state, the queue and the attempts", async () => {
  const { name } = await running();
  finish(name);
  const metrics = await until("the attempt to be counted", async () => {
    const text = await (await scene.worker.call("GET", "/metrics")).text();
    return /freehold_attempts_total{state="succeeded"} [1-9]/.test(text) ? text : undefined;
  });
  for (const series of [
    'freehold_jobs{state="queued"}',
    "freehold_queue_depth ",
    "freehold_queue_age_seconds ",
    "freehold_worker_active_attempts ",
    "freehold_attempts_retried_total ",
    'freehold_attempt_seconds_count{state="succeeded"}',
    'freehold_worker_manager_seconds_count{method="PUT"}',
  ])
    expect(metrics).toContain(series);
});
