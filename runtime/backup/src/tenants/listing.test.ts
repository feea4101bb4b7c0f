import { expect, test } from "@jest/globals";
import { changedPaths, freshPaths, placesIn, type Listing } from "./listing.ts";

const listing = (...entries: string[]): Listing => ({ entries: new Set(entries), startedAt: 100_000 });

test("what is as it was is not looked at again", () => {
  expect(changedPaths(listing("f7 1.5/a", "f8 1.5/a/b"), listing("f8 1.5/a/b", "f7 1.5/a"))).toEqual([]);
});

test.each([
  ["another file of that name", ["f8 1.5/a/b"]],
  ["one that was changed", ["f7 101.5/a/b"]],
  ["one that is gone", []],
])("%s is looked at, once", (_what, now) => {
  expect(changedPaths(listing("f7 1.5/a/b"), listing(...now))).toEqual(["a/b"]);
});

test("one that is new is looked at", () => {
  expect(changedPaths(listing(), listing("f7 1.5/a"))).toEqual(["a"]);
});

test("one that was changed within the last tick before the listing is looked at in any case: its time may hide a later change", () => {
  expect(freshPaths(listing("f7 99.985/a 1/b", "f8 99.975/c", "f9 101/d"), 20)).toEqual(["a 1/b", "d"]);
});

test("a path has its place only where all above it are folders", () => {
  const hasPlace = placesIn(listing("d7 1.5/a", "d8 1.5/a/b", "l9 1.5/link"));
  expect(["x", "a/x", "a/b/x", "link/x", "gone/x", "a/gone/x"].filter(hasPlace)).toEqual(["x", "a/x", "a/b/x"]);
});
