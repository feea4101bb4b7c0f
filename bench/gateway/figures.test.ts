import { expect, test } from "@jest/globals";
import { percentile, ratioOf, spread, summarise } from "./figures.ts";
import type { Sample } from "./samples.ts";

const sample = (contender: string, round: number, more: Partial<Sample> = {}): Sample => ({
  contender,
  cell: "stream-48k-c32",
  round,
  count: 100,
  errors: 0,
  why: undefined,
  perSecond: 100,
  latency: { p50: 2, p99: 4 },
  ttft: { p50: 1, p99: 3 },
  cpuMsPer1000: contender === "direct" ? undefined : 400,
  gatewayShare: 0.9,
  harnessShare: 0.5,
  othersShare: 0.1,
  ...more,
});

test("a percentile is a value that was seen, and none of nothing", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(values, 0.5)).toBe(51);
  expect(percentile(values, 0.99)).toBe(100);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test("a spread has the middle of an odd and of an even number of values", () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
  expect(() => spread([])).toThrow(RangeError);
});

test("what a gateway adds is taken against the direct figures of the same round", () => {
  const rows = summarise([
    sample("direct", 1, { ttft: { p50: 1, p99: 2 } }),
    sample("freehold", 1, { ttft: { p50: 1.5, p99: 5 } }),
    sample("direct", 2, { ttft: { p50: 10, p99: 20 } }),
    sample("freehold", 2, { ttft: { p50: 10.25, p99: 21 } }),
    // Its round has no direct figure, so it can't say what was added.
    sample("freehold", 3, { ttft: { p50: 99, p99: 99 } }),
  ]);
  expect(rows.map(({ contender, rounds }) => [contender, rounds])).toEqual([
    ["direct", 2],
    ["freehold", 3],
  ]);
  expect(rows[0]?.addedP50).toBeUndefined();
  expect(rows[1]?.addedP50).toEqual({ median: 0.375, low: 0.25, high: 0.5 });
  expect(rows[1]?.addedP99).toEqual({ median: 2, low: 1, high: 3 });
});

test("without a stream the whole answer is what is compared", () => {
  const rows = summarise([sample("direct", 1, { ttft: undefined, latency: { p50: 1, p99: 2 } }), sample("freehold", 1, { ttft: undefined })]);
  expect(rows[1]?.addedP50?.median).toBe(1);
  expect(rows[1]?.ttftP50).toBeUndefined();
});

test("errors of all rounds are added up, with the first reason", () => {
  const [row] = summarise([sample("litellm", 1), sample("litellm", 2, { errors: 3, why: "status 500" }), sample("litellm", 3, { errors: 4, why: "timeout" })]);
  expect(row).toMatchObject({ errors: 7, why: "status 500", count: 300 });
});

test("a ratio compares neighbours, by requests a second and by CPU time", () => {
  const samples = [
    sample("freehold", 1, { perSecond: 300, cpuMsPer1000: 300 }),
    sample("portkey", 1, { perSecond: 100, cpuMsPer1000: 1_200 }),
    sample("freehold", 2, { perSecond: 200, cpuMsPer1000: 300 }),
    sample("portkey", 2, { perSecond: 100, cpuMsPer1000: 600 }),
  ];
  expect(ratioOf(samples, "stream-48k-c32", { of: "freehold", to: "portkey" })).toEqual({
    wall: { median: 2.5, low: 2, high: 3 },
    cpu: { median: 3, low: 2, high: 4 },
  });
  expect(ratioOf(samples, "stream-48k-c32", { of: "freehold", to: "litellm" })).toBeUndefined();
  expect(ratioOf(samples, "plain-48k-c32", { of: "freehold", to: "portkey" })).toBeUndefined();
});
