import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readBodyFields } from "./body-fields.ts";
import { withModel, withoutFields, withoutForeignThinking } from "./body-rewrite.ts";

const bytes = (text: string) => Buffer.from(text);
const renamed = (text: string, model: string) => withModel(bytes(text), readBodyFields(bytes(text)), model).toString();

test("another model changes the bytes of its name alone", () => {
  const body = `{ "future": [1.0, 1e3, "ü\\u00fc"],\n "model" :\t"claude-x", "messages":[{"model":"claude-x"}]}`;
  expect(renamed(body, 'g"1')).toBe(body.replace('"claude-x"', String.raw`"g\"1"`));
  expect(renamed('{"messages":[]}', "g")).toBe('{"messages":[]}');
});

test("whatever else a body holds, the model is what was asked for and the rest is as it was", () => {
  const body = fc.record({ a: fc.jsonValue(), model: fc.string(), ü: fc.jsonValue() });
  fc.assert(
    fc.property(body, fc.string({ minLength: 1 }), (request, model) => {
      expect(JSON.parse(renamed(JSON.stringify(request), model))).toEqual(JSON.parse(JSON.stringify({ ...request, model })));
    }),
    { numRuns: 1_000 },
  );
});

test("fields are taken out at the top level only, and a body without them stays the same bytes", () => {
  const body = bytes('{"thinking": {"type":"adaptive"}, "messages":[{"thinking":1}], "x":1}');
  expect(withoutFields(body, ["thinking", "tags"]).toString()).toBe('{"messages":[{"thinking":1}],"x":1}');
  const nested = bytes('{"messages": [{"thinking": 1}]}');
  expect(withoutFields(nested, ["thinking"])).toBe(nested);
  expect(withoutFields(body, ["tags"])).toBe(body);
});

test("thinking that the bridge signed is taken out, with the message that held nothing else", () => {
  const own = { type: "thinking", thinking: "a", signature: "EqQB" };
  const foreign = { type: "thinking", thinking: "b", signature: "freehold-gemini:1:g:thought:xyz" };
  const text = { type: "text", text: "freehold-gemini:" };
  const body = {
    model: "m",
    messages: [
      { role: "user", content: "q" },
      { role: "assistant", content: [foreign, text, own] },
      { role: "assistant", content: [foreign] },
    ],
  };
  expect(JSON.parse(withoutForeignThinking(bytes(JSON.stringify(body))).toString())).toEqual({
    model: "m",
    messages: [
      { role: "user", content: "q" },
      { role: "assistant", content: [text, own] },
    ],
  });
  const clean = bytes('{"messages": []}');
  expect(withoutForeignThinking(clean)).toBe(clean);
  const broken = bytes('{"messages": "freehold-gemini:');
  expect(withoutForeignThinking(broken)).toBe(broken);
});
