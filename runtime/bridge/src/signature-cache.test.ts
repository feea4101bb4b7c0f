import { expect, test } from "@jest/globals";
import { createSignatureCache } from "./signature-cache.ts";

const cacheOf = (bounds: Partial<{ maxAgeMs: number; maxEntries: number; maxCharacters: number }> = {}) => {
  let now = 0;
  const cache = createSignatureCache({ clock: { now: () => now }, maxAgeMs: 100, maxEntries: 3, maxCharacters: 1_000, ...bounds });
  return { ...cache, wait: (ms: number) => (now += ms) };
};

test("a signature is remembered with its model, until its time is over", () => {
  const cache = cacheOf();
  cache.set("t1", "m", "abc");
  expect(cache.get("t1")).toEqual({ model: "m", value: "abc" });
  cache.wait(100);
  expect([cache.get("t1"), cache.size()]).toEqual([undefined, 0]);
});

test("the oldest make room, by number and by size, and a renewed one is not the oldest", () => {
  const cache = cacheOf();
  for (const id of ["a", "b", "c", "a", "d"]) cache.set(id, "m", id);
  expect(["a", "b", "c", "d"].map((id) => cache.get(id)?.value)).toEqual(["a", undefined, "c", "d"]);
  const small = cacheOf({ maxCharacters: 10 });
  small.set("a", "m", "x".repeat(6));
  small.set("b", "m", "x".repeat(6));
  expect([small.get("a"), small.size()]).toEqual([undefined, 1]);
  small.set("c", "m", "x".repeat(11));
  expect(small.size()).toBe(0);
});

test("a cache of no entries keeps none", () => {
  const cache = cacheOf({ maxEntries: 0 });
  cache.set("a", "m", "x");
  expect(cache.size()).toBe(0);
});
