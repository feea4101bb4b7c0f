import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createActivity, reportEveryMs } from "./activity.ts";

function scene() {
  const reports: [string, number][] = [];
  const open = new Map<string, number>();
  const state = { now: 1_000_000, isAway: false };
  const activity = createActivity({
    doors: {
      active: async (id, streams) => {
        if (state.isAway) throw new Error("away");
        reports.push([id, streams]);
      },
    },
    openStreams: () => open,
    clock: { now: () => state.now },
    log: silentLog,
  });
  /** Lets time go by, a round each two seconds. */
  const pass = async (ms: number) => {
    for (const end = state.now + ms; state.now < end;) {
      state.now += 2_000;
      activity.round();
      await Promise.resolve();
    }
  };
  return { activity, reports, open, state, pass };
}

test("the first request is reported at once, the next ones fifteen seconds later, in one report", async () => {
  const { activity, reports, pass } = scene();
  for (let index = 0; index < 100; index += 1) activity.note("u1");
  expect(reports).toEqual([["u1", 1]]);
  await pass(4_000);
  activity.note("u1");
  await pass(reportEveryMs);
  expect(reports).toEqual([
    ["u1", 1],
    ["u1", 1],
  ]);
  await pass(10 * reportEveryMs);
  expect(reports).toHaveLength(2);
});

test("open streams are reported as long as they are open, though nobody asks anything", async () => {
  const { reports, open, pass } = scene();
  open.set("u1", 4);
  await pass(10 * 16_000);
  expect(reports.length).toBeGreaterThanOrEqual(9);
  expect(reports.length).toBeLessThanOrEqual(11);
  expect(new Set(reports.map(([, streams]) => streams))).toEqual(new Set([4]));
  open.delete("u1");
  const before = reports.length;
  await pass(5 * reportEveryMs);
  expect(reports.length - before).toBeLessThanOrEqual(1);
});

test("a report that did not arrive is made again", async () => {
  const { activity, reports, state, pass } = scene();
  state.isAway = true;
  activity.note("u1");
  await pass(4_000);
  expect(reports).toEqual([]);
  state.isAway = false;
  await pass(4_000);
  expect(reports).toEqual([["u1", 1]]);
});
