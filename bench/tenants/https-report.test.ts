import { expect, test } from "@jest/globals";
import { judge, median, type Start } from "./https-report.ts";

const start = (who: Start["who"], what: Start["what"], servedAfterMs: number, ownStartMs: number): Start => ({
  who,
  what,
  round: 1,
  load: 1,
  servedAfterMs,
  ownStartMs,
  cpuSeconds: 18,
  homeCpuSeconds: 1,
});

const engine = [start("plain", "first", 20_600, 20_000), start("plain", "next", 15_600, 15_000)];
const reached = (starts: readonly Start[], newMs = 40) => judge([...engine, ...starts], [{ newMs, knownMs: 3 }]).map((verdict) => verdict.reached);

test("a tenant is charged with what it has beyond its own start, less what the engine needs for a plain container", () => {
  expect(reached([start("tenant", "first", 40_000, 29_500), start("tenant", "next", 31_500, 30_000)])).toEqual([true, true, true]);
  expect(reached([start("tenant", "first", 40_000, 29_300), start("tenant", "next", 31_700, 30_000)])).toEqual([false, false, true]);
});

test("a certificate that takes more than 5 s is missed, and so is a goal that nothing was measured for", () => {
  expect(reached([start("tenant", "first", 21_000, 20_000)], 5_001)).toEqual([true, false, false]);
});

test("the median of an even number of figures lies between the middle ones", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
