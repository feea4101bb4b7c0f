import { expect, test } from "@jest/globals";
import { PartDigests } from "./part-digests.ts";

const part = (fill: string, size = 5_000) => Buffer.alloc(size, fill);

test("a part has one digest however often it comes, and another part of its length has another one", () => {
  const digests = new PartDigests();
  const first = digests.of("key:1", "tools", part("a"));
  expect(first).toHaveLength(32);
  expect(digests.of("key:1", "tools", part("a"))).toBe(first);
  const other = digests.of("key:1", "tools", part("b"));
  expect(other).not.toEqual(first);
  expect(digests.of("key:1", "tools", part("a"))).toEqual(first);
  expect(digests.of("key:2", "tools", part("a"))).toEqual(first);
});

test("a part is remembered by its bytes, also when its buffer is used again", () => {
  const digests = new PartDigests();
  const bytes = part("a");
  const first = digests.of("key:1", "tools", bytes);
  bytes.fill("b");
  expect(digests.of("key:1", "tools", bytes)).not.toEqual(first);
  expect(digests.of("key:1", "tools", part("a"))).toEqual(first);
});

test("short and very long parts stand for themselves, and what is remembered is bounded", () => {
  const digests = new PartDigests();
  for (const bytes of [part("a", 100), part("a", 300_000)]) expect(digests.of("key:1", "tools", bytes)).toBe(bytes);
  const first = digests.of("key:0", "tools", part("a"));
  for (let key = 1; key <= 64; key++) digests.of(`key:${key}`, "tools", part("a"));
  const again = digests.of("key:0", "tools", part("a"));
  expect([again.equals(first), again === first]).toEqual([true, false]);
});
