import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { ended, ready, withPlace } from "./testing/worker-scene.ts";

const scene = withPlace();
const { started, sql } = scene;

test("[W13] cancelling ends a waiting job at once and a running one by stopping its container, twice as well as once", async () => {
  const worker = await scene.place.worker({ JOB_SLOTS: "1" });
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
  expect(scene.place.manager.containers.size).toBe(0);
  const after = await worker.post();
  await started(`job-${after.id}-1`);
  expect((await worker.get(waiting.id)).attempts).toEqual([]);
});

test("[W13] a cancel that another worker took reaches the holder", async () => {
  const holder = await scene.place.worker({ WORKER_NAME: "holder" });
  await ready(holder);
  const { id } = await holder.post();
  await started(`job-${id}-1`);
  scene.place.manager.onStop = () => undefined;
  await sql(`update jobs set cancel_requested_at = now() where id = '${id}'`);
  await until("the holder to ask for the end", () => scene.place.manager.calls.includes(`POST /containers/job-${id}-1/stop`));
  scene.place.manager.exit(`job-${id}-1`, 137);
  expect(await ended(holder, id)).toMatchObject({ state: "cancelled", attempts: [{ state: "cancelled", exitCode: 137 }] });
});

test("[W13] a job can be cancelled while its container can't be started", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const worker = await scene.place.worker();
  await ready(worker);
  const { id } = await worker.post();
  await until("a try to start", () => scene.place.manager.calls.some((call) => call.startsWith("PUT")));
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  expect(await ended(worker, id)).toMatchObject({ state: "cancelled" });
});
