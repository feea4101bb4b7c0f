import { expect, test } from "@jest/globals";
import { z } from "zod";
import { parseInput } from "./http.ts";

const schema = z.object({ name: z.string().max(5).optional(), more: z.record(z.string(), z.unknown()).optional() });

test.each([
  ["a NUL", { name: "a\0" }, "name: holds a NUL character"],
  ["half a surrogate pair, deep inside", { more: { list: [1, { text: "\udc00" }] } }, "more.list.1.text: holds half of a character"],
  ["such a name of a field", { more: { "a\ud800": 1 } }, "holds half of a character"],
  ["what the schema refuses", { name: "too long" }, "name: Too big"],
])("input with %s is refused, and its place is named", (_what, input, message) => {
  expect(() => parseInput(schema, input)).toThrow(message);
});

test("whole characters of any kind pass", () => {
  expect(parseInput(schema, { name: "\u{1f600}é\n" })).toEqual({ name: "\u{1f600}é\n" });
  expect(parseInput(schema, undefined)).toEqual({});
});
