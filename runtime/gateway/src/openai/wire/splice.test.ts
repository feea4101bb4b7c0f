import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { spliceFields } from "./splice.ts";
import { SseReader } from "./sse-reader.ts";

test("a field is replaced in its place and the bytes of the others stay", () => {
  const body = `{ "a" : [ {"model":"inner"} ],\n "model" : "x\\"y" , "n":1.0e3, "ü":"\\u00fc" }`;
  expect(spliceFields(Buffer.from(body), { model: "z" }).toString("utf8")).toBe(body.replace('"x\\"y"', '"z"'));
  expect(spliceFields(Buffer.from("{ }"), { model: "z" }).toString("utf8")).toBe('{"model":"z" }');
  expect(spliceFields(Buffer.from('{"a":1}'), { b: { c: 2 } }).toString("utf8")).toBe('{"b":{"c":2},"a":1}');
  expect(spliceFields(Buffer.from('{"model":"a","model":"b"}'), { model: "c" }).toString("utf8")).toBe('{"model":"a","model":"c"}');
});

test("spliced JSON means what a parsed and changed one means, for any object", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.string(), fc.constant("model")), fc.jsonValue()),
      fc.jsonValue(),
      fc.constantFrom(undefined, 1, 2),
      (given, value, indent) => {
        const spliced = spliceFields(Buffer.from(JSON.stringify(given, null, indent)), { model: value });
        expect(JSON.parse(spliced.toString("utf8"))).toEqual(JSON.parse(JSON.stringify({ ...given, model: value })));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("events are read the same, wherever the chunks end", () => {
  const text = "\uFEFF: note\r\nevent: a\r\ndata: 1\r\ndata: ü€\r\n\r\ndata:2\n\n\rdata: 3\r\rdata: last";
  const expected = [
    { event: "a", data: "1\nü€" },
    { event: "", data: "2" },
    { event: "", data: "3" },
    { event: "", data: "last" },
  ];
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new SseReader();
    const read = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    expect([...read, ...reader.end()]).toEqual(expected);
  }
});
