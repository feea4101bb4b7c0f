import { afterEach, beforeEach, expect, test } from "@jest/globals";
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

const isPut = (call: string) => call.startsWith("PUT");
const ready = (worker: RunningWorker) => until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
const ended = (worker: RunningWorker, id: string) =>
  until("the job to end", async () => {
    const job = await worker.get(id);
    return isFinal(job.state) ? job : undefined;
  });
const finish = (name: string) => {
  place.manager.print(name, successOf("done"));
  place.manager.exit(name, 0);
};

/** The manager does the first request that starts a container only after the second one has come. */
function beLate(): void {
  const { promise: secondCame, resolve: noteSecond } = Promise.withResolvers<void>();
  let puts = 0;
  place.manager.doLater = (call) => {
    if (!isPut(call)) return undefined;
    puts += 1;
    if (puts === 2) noteSecond();
    return puts === 1 ? secondCame : undefined;
  };
}

test("a start that the manager does after it was given up and repeated is the same start", async () => {
  beLate();
  place.manager.onStart = (name) => setImmediate(() => finish(name));
  const worker = await place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  const { id } = await worker.post({ maxAttempts: 1 });
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(place.manager.calls.filter(isPut).length).toBeGreaterThan(1);
  expect(place.gateway.keys.size).toBe(1);
});

test("what an earlier worker had asked for, and the manager makes between two looks, gives way: its key is revoked", async () => {
  const worker = await place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  let stale: string | undefined;
  place.manager.intercept = (call) => {
    if (!isPut(call) || stale !== undefined) return undefined;
    stale = call.split("/").at(-1)!;
    place.manager.add(stale, {
      jobId: stale.slice("job-".length, -"-1".length),
      attempt: 1,
      slot: 1,
      argv: ["claude"],
      env: { ANTHROPIC_AUTH_TOKEN: "revoked" },
    });
    return undefined;
  };
  place.manager.onStart = (name) => setImmediate(() => finish(name));
  const { id } = await worker.post({ maxAttempts: 1 });
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(stale).toBe(`job-${id}-1`);
  expect(place.manager.calls.filter(isPut)).toHaveLength(2);
  expect(place.gateway.keys.size).toBe(1);
});
