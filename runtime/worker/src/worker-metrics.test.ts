import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { successOf } from "./testing/worker-place.ts";
import { withWorker } from "./testing/worker-scene.ts";

const scene = withWorker();

const figures = async () => {
  const text = await (await scene.worker.call("GET", "/metrics")).text();
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
  scene.place.manager.onStart = (name) => {
    scene.place.manager.print(name, { ...successOf("x"), is_error: true, subtype: "error_during_execution" });
    scene.place.manager.exit(name, 1);
  };
  await scene.worker.post({ maxAttempts: 2 });
  await until("the job to have failed", async () => (await figures())('freehold_jobs_ended_total{state="failed"}') === 1);
  const after = await figures();
  expect([after('freehold_attempts_total{state="failed"}'), after("freehold_attempts_retried_total")]).toEqual([2, 1]);
});

test("a paused queue, its depth, and the disk under the jobs are told", async () => {
  await scene.worker.call("POST", "/api/queue/pause", {});
  await scene.worker.post();
  const told = await figures();
  expect([told("freehold_queue_paused"), told("freehold_queue_depth"), told("freehold_jobs_day_cost_usd")]).toEqual([1, 1, 0.5]);
  const [free, size] = [told('freehold_volume_free_bytes{volume="jobs"}'), told('freehold_volume_size_bytes{volume="jobs"}')];
  expect(free).toBeGreaterThan(0);
  expect(size).toBeGreaterThan(free);
  await scene.worker.call("POST", "/api/queue/resume", {});
  expect((await figures())("freehold_queue_paused")).toBe(0);
});
