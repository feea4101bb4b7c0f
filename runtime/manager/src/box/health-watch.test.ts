import { expect, test } from "@jest/globals";
import type { ContainerInspectInfo } from "dockerode";
import { createHealthWatch } from "./health-watch.ts";

const start = Date.parse("2026-11-22T02:00:00Z");

function scene() {
  const calls: string[] = [];
  const clock = { now: start };
  const engine = { pause: async () => void calls.push("pause"), unpause: async () => void calls.push("unpause") };
  const remind = createHealthWatch(engine, () => new Date(clock.now));
  const look = (health: object, commands: string[] | null = null) =>
    remind({ Id: "c", ExecIDs: commands, State: { StartedAt: new Date(start).toISOString(), Health: health } } as unknown as ContainerInspectInfo);
  return { calls, clock, look };
}

test("a container whose health the engine forgot to look after is paused and let go on, once in half a minute", async () => {
  const { calls, clock, look } = scene();
  const forgotten = { Status: "starting", Log: null };
  await look(forgotten);
  expect(calls).toEqual([]);
  clock.now += 31_000;
  await look(forgotten);
  await look(forgotten);
  expect(calls).toEqual(["pause", "unpause"]);
  clock.now += 31_000;
  await look(forgotten);
  expect(calls).toHaveLength(4);
});

test.each([
  ["is healthy", { Status: "healthy" }, null],
  ["is looked at just now", { Status: "starting", Log: null }, ["probe"]],
  ["was looked at a moment ago", { Status: "starting", Log: [{ End: new Date(start + 25_000).toISOString() }] }, null],
])("one that %s is left alone", async (_what, health, commands) => {
  const { calls, clock, look } = scene();
  clock.now += 40_000;
  await look(health, commands);
  expect(calls).toEqual([]);
});
