import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSseParser } from "./sse-parser.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ["LF", "data: a\n\ndata: b\n\n", ["a", "b"]],
  ["CR LF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
  ["several lines", "data: a\ndata: b\n\n", ["a\nb"]],
  ["no blank after the colon", "data:a\n\n", ["a"]],
  ["comments and other fields", ": hi\nevent: x\nid: 1\ndata: a\n\n", ["a"]],
  ["an event without data", "event: x\n\n", []],
  ["an event without an end", "data: a\n\ndata: b\n", ["a"]],
])("events with %s", (_what, text, events) => {
  expect(createSseParser().push(bytes(text))).toEqual(events);
});

test("events are the same however the bytes are cut, in the midst of a letter too", () => {
  const texts = fc.array(
    fc.string({ unit: "grapheme" }).map((text) => JSON.stringify({ text })),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(texts, fc.constantFrom("\n", "\r\n"), fc.array(fc.nat(40), { maxLength: 40 }), (events, end, cuts) => {
      const whole = bytes(events.map((event) => `data: ${event}${end}${end}`).join(""));
      const parser = createSseParser();
      const got: string[] = [];
      let at = 0;
      for (const size of [...cuts, whole.length]) {
        got.push(...parser.push(whole.subarray(at, at + size)));
        at += size;
      }
      expect(got).toEqual(events);
    }),
    { numRuns: 500 },
  );
});

test("an event that never ends is given up", () => {
  const parser = createSseParser();
  const piece = new Uint8Array(16 * 1024 * 1024).fill(97);
  expect(() => {
    for (let pieces = 0; pieces < 6; pieces++) parser.push(piece);
  }).toThrow(RangeError);
});
