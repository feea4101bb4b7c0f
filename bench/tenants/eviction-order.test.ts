import { expect, test } from "@jest/globals";
import { wronglyEvicted } from "./eviction-order.ts";

const visits = (...ids: string[]) => ids.map((id, index) => ({ id, at: (index + 1) * 10_000 }));

test("the longest idle goes first, and who came back is no longer the longest idle", () => {
  const served = visits("a", "b", "c", "a");
  expect(
    wronglyEvicted(
      served,
      [
        { id: "b", at: 45_000 },
        { id: "c", at: 46_000 },
        { id: "a", at: 47_000 },
      ],
      1_000,
    ),
  ).toEqual([]);
  expect(wronglyEvicted(served, [{ id: "a", at: 45_000 }], 1_000)).toEqual([{ id: "a", at: 45_000 }]);
});

test("who was gone, and is back, counts from then on", () => {
  const served = [...visits("a", "b"), { id: "a", at: 40_000 }];
  expect(
    wronglyEvicted(
      served,
      [
        { id: "a", at: 25_000 },
        { id: "b", at: 45_000 },
      ],
      1_000,
    ),
  ).toEqual([]);
});

test("visits at nearly the same time are in no order", () => {
  const served = [
    { id: "a", at: 10_000 },
    { id: "b", at: 10_900 },
  ];
  expect(wronglyEvicted(served, [{ id: "b", at: 20_000 }], 1_000)).toEqual([]);
  expect(wronglyEvicted(served, [{ id: "b", at: 20_000 }], 800)).toHaveLength(1);
});

test("one that nobody had visited has no business in being awake", () => {
  expect(wronglyEvicted(visits("a"), [{ id: "z", at: 20_000 }], 1_000)).toHaveLength(1);
});
