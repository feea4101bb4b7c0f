import { expect, test } from "@jest/globals";
import { lastOf, pathOf, topOf, wordsOf } from "./chart-words.ts";

const series = (...values: (number | null)[]) => ({ name: "x", points: values.map((value, index): [number, number | null] => [index * 60, value]) });

test("a line breaks where nothing was measured, and a value that stands alone is seen", () => {
  expect(pathOf(series(0, 5, null, 10, null), 10)).toBe("M0 100.00L1 50.00M2.6 0.00H3.4");
  expect(pathOf(series(null, null), 10)).toBe("");
});

test("the top is a round number above the highest value, and a share's is all of it", () => {
  expect([
    topOf([series(3)], "jobs"),
    topOf([series(11, 60)], "seconds"),
    topOf([series(0.04)], "usd"),
    topOf([], "jobs"),
    topOf([series(0.2)], "share"),
  ]).toEqual([5, 100, 0.05, 1, 1]);
});

test("values are told in their unit, and the last one that was measured counts", () => {
  expect([wordsOf(null, "jobs"), wordsOf(0.5, "share"), wordsOf(90, "seconds")]).toEqual(["–", "50 %", "1 m 30 s"]);
  expect(lastOf(series(1, 2, null))).toBe(2);
});
