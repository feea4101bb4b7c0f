import { expect, test } from "@jest/globals";
import { amountOf, describeAmount, firstDay, roundedTop, totalOf } from "./cost-sums.ts";

const day = (group: string, costUsd: number) => ({
  group,
  name: null,
  provider: null,
  requests: 2,
  failedRequests: 1,
  rehearsalRequests: 1,
  unpricedRequests: 0,
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 100,
  cacheWriteTokens: 1,
  costUsd,
});

test("totals and amounts count cached input too", () => {
  const total = totalOf([day("2026-11-20", 0.5), day("2026-11-21", 1)]);
  expect([amountOf(total, "cost"), amountOf(total, "tokens"), amountOf(total, "requests")]).toEqual([1.5, 232, 4]);
  expect(describeAmount(1, "requests")).toBe("1 request");
  expect(describeAmount(12_300, "tokens")).toBe("12.3K tokens");
});

test.each([
  [0, 1],
  [1, 1],
  [1.1, 2],
  [2.4, 5],
  [7, 10],
  [0.0034, 0.005],
  [0.3, 0.5],
  [199, 200],
])("the top of a chart whose highest bar is %d is %d", (highest, top) => {
  expect(roundedTop(highest)).toBeCloseTo(top, 10);
});

test("so many days up to today begin on the right one, in UTC", () => {
  expect(firstDay(7, Date.parse("2026-03-03T00:10:00Z"))).toBe("2026-02-25");
  expect(firstDay(1, Date.parse("2026-03-03T23:59:59Z"))).toBe("2026-03-03");
});
