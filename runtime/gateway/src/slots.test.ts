import { expect, test } from "@jest/globals";
import { Slots } from "./slots.ts";

test("each has a slot of its own until it is removed, and slots are used again", () => {
  const slots = new Slots<{ name: string }>();
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ name }));
  if (a === undefined || b === undefined || c === undefined) throw new Error("There are three.");
  const first = slots.add(a);
  const second = slots.add(b);
  expect([slots.at(first), slots.at(second), slots.at(7)]).toEqual([a, b, undefined]);
  slots.remove(first);
  slots.remove(first);
  slots.remove(-1);
  expect([slots.at(first), [...slots]]).toEqual([undefined, [b]]);
  expect(slots.add(c)).toBe(first);
  expect([slots.add(a), [...slots].length]).toEqual([2, 3]);
});

test("those that are removed while all are looked at are left out", () => {
  const slots = new Slots<{ slot: number }>();
  const all = [{ slot: 0 }, { slot: 1 }, { slot: 2 }];
  for (const one of all) one.slot = slots.add(one);
  const seen: number[] = [];
  for (const { slot } of slots) {
    seen.push(slot);
    slots.remove(slot + 1);
  }
  expect(seen).toEqual([0, 2]);
});
