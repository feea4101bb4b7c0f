import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { EventCutter } from "./event-cutter.ts";

const chunksOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : (places[index - 1] ?? 0), end)).filter((chunk) => chunk.length > 0);
};
const streamBytes = fc.array(
  fc.oneof(fc.constantFrom("data: a\n\n", "event: x\ndata: {}\n\n", ": c\r\n\r\n", "\n", "\r", "half"), fc.string({ unit: "binary", maxLength: 8 })),
  { maxLength: 12 },
);

test("however a stream is cut into chunks, its bytes come out unchanged and each part but the last ends with a blank line", () => {
  fc.assert(
    fc.property(streamBytes, fc.array(fc.nat(200), { maxLength: 12 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(""));
      const cutter = new EventCutter();
      const passed = chunksOf(bytes, cuts).flatMap((chunk) => cutter.push(chunk) ?? []);
      const rest = cutter.flush();
      expect(Buffer.concat(rest === undefined ? passed : [...passed, rest]).equals(bytes)).toBe(true);
      for (const part of passed) expect(part.toString("latin1")).toMatch(/\n\r?\n$/);
      // Nothing complete is held back.
      expect(rest?.toString("latin1").match(/\n\n|\r\n\r\n/) ?? null).toBeNull();
    }),
    { numRuns: 2_000 },
  );
});

test("an event of more than 4 MB is passed on in parts instead of filling the memory", () => {
  const cutter = new EventCutter();
  const chunk = Buffer.alloc(1_000_000, "x");
  expect([1, 2, 3, 4, 5].map(() => cutter.push(chunk)?.length)).toEqual([undefined, undefined, undefined, undefined, 5_000_000]);
});
