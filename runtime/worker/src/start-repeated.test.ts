import { expect, test } from "@jest/globals";
import { successOf } from "./testing/worker-place.ts";
import { ended, ready, withPlace } from "./testing/worker-scene.ts";

const scene = withPlace();
const { finish } = scene;
const isPut = (call: string) => call.startsWith("PUT");

/** The manager does the first request that starts a container only after the second one has come. */
function beLate(): void {
  const { promise: secondCame, resolve: noteSecond } = Promise.withResolvers<void>();
  let puts = 0;
  scene.place.manager.doLater = (call) => {
    if (!isPut(call)) return undefined;
    puts += 1;
    if (puts === 2) noteSecond();
    return puts === 1 ? secondCame : undefined;
  };
}

test("a start that the manager does after it was given up and repeated is the same start", async () => {
  beLate();
  scene.place.manager.onStart = (name) => setImmediate(() => finish(name));
  const worker = await scene.place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  const { id } = await worker.post({ maxAttempts: 1 });
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(scene.place.manager.calls.filter(isPut).length).toBeGreaterThan(1);
  expect(scene.place.gateway.keys.size).toBe(1);
});

/** Just before the worker's first request the manager makes the container that an earlier worker had asked for. */
function beMadeMeanwhile(play: (name: string) => void = () => undefined): () => string | undefined {
  let stale: string | undefined;
  scene.place.manager.intercept = (call) => {
    if (!isPut(call) || stale !== undefined) return undefined;
    stale = call.split("/").at(-1)!;
    scene.place.manager.add(stale, {
      jobId: stale.slice("job-".length, -"-1".length),
      attempt: 1,
      slot: 1,
      argv: ["claude"],
      env: { ANTHROPIC_AUTH_TOKEN: "revoked" },
    });
    play(stale);
    return undefined;
  };
  return () => stale;
}

test("what an earlier worker had asked for, and the manager makes between two looks, gives way: its key is revoked", async () => {
  const worker = await scene.place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  const stale = beMadeMeanwhile();
  scene.place.manager.onStart = (name) => setImmediate(() => finish(name));
  const { id } = await worker.post({ maxAttempts: 1 });
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", attempts: [{ number: 1 }] });
  expect(stale()).toBe(`job-${id}-1`);
  expect(scene.place.manager.calls.filter(isPut)).toHaveLength(2);
  expect(scene.place.gateway.keys.size).toBe(1);
});

test.each([
  { what: "and ended", play: finish },
  { what: "and lingers", play: (name: string) => scene.place.manager.print(name, successOf("done")) },
])("what an earlier worker had asked for, and has succeeded before its key was revoked $what, is the run: nothing is done twice", async ({ play }) => {
  const worker = await scene.place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  const stale = beMadeMeanwhile(play);
  const started: string[] = [];
  scene.place.manager.onStart = (name) => void started.push(name);
  const { id } = await worker.post({ maxAttempts: 1 });
  expect(await ended(worker, id)).toMatchObject({ state: "succeeded", result: "done", attempts: [{ number: 1 }] });
  expect([stale(), started]).toEqual([`job-${id}-1`, []]);
  expect(scene.place.gateway.open).toBe(0);
});

test("who lost the lease while the manager took its time leaves the container of the new holder alone", async () => {
  const worker = await scene.place.worker({ LEASE_MS: "60000" });
  await ready(worker);
  const { promise: refused, resolve: noteRefused } = Promise.withResolvers<string>();
  scene.place.manager.intercept = async (call) => {
    if (!isPut(call)) return undefined;
    await scene.sql("update attempts set worker = 'two', lease_epoch = lease_epoch + 1, lease_until = now() + interval '1 hour'");
    const name = call.split("/").at(-1)!;
    scene.place.manager.add(name, {
      jobId: name.slice("job-".length, -"-1".length),
      attempt: 1,
      slot: 1,
      argv: ["claude"],
      env: { ANTHROPIC_AUTH_TOKEN: "two's" },
    });
    noteRefused(name);
    return undefined;
  };
  await worker.post();
  const name = await refused;
  // It ends only after its run has let go.
  await worker.stop();
  expect(scene.place.manager.containers.get(name)).toMatchObject({ state: "running", request: { env: { ANTHROPIC_AUTH_TOKEN: "two's" } } });
  expect(scene.place.manager.calls.filter((call) => call.startsWith("DELETE") || call.endsWith("/stop"))).toEqual([]);
});
