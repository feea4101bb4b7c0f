import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readBodyFields } from "./body-fields.ts";

const read = (text: string) => readBodyFields(Buffer.from(text));

test("model and stream are found at the top level only", () => {
  expect(read('{"messages":[{"model":"no","stream":true}],"x":"model","model" : "claude-x" ,"stream"\n:\ntrue}')).toMatchObject({
    model: "claude-x",
    stream: true,
  });
  expect(read('{"a":"\\"model\\":\\\\","model":"m"}')).toMatchObject({ model: "m", stream: false });
  expect(read('{"model":"a","model":"b","stream":true,"stream":false}')).toMatchObject({ model: "b", stream: false });
});

test("a name that is written with escapes is found as well: a provider would see it", () => {
  expect(read('{"model":"a","\\u006dodel":"b","\\u0073tream":true}')).toMatchObject({ model: "b", stream: true });
});

test.each(["", "{", '{"model', '{"model":', '{"model":"x', '{"model":7}', "[]", "null", '{"stream":"true"}', "\u0000", '{"model":"\\'])(
  "of what is no such object nothing is found: %j",
  (text) => {
    expect(read(text)).toMatchObject({ model: undefined, stream: false, modelStart: 0, modelEnd: 0 });
  },
);

test("it finds what JSON.parse finds", () => {
  const value = fc.letrec((tie) => ({
    json: fc.oneof({ maxDepth: 3 }, fc.jsonValue(), fc.dictionary(fc.constantFrom("model", "stream", "a", '"', "\\"), tie("json"), { maxKeys: 4 })),
  })).json;
  const object = fc.record({ model: fc.oneof(fc.string(), value), stream: fc.oneof(fc.boolean(), value), other: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1), (body, indent) => {
      const { model, stream } = body as { model?: unknown; stream?: unknown };
      const expected = typeof model === "string" ? model.slice(0, 200).length : undefined;
      const found = read(JSON.stringify(body, undefined, indent));
      expect([found.model === undefined ? undefined : found.model.length >= (expected ?? Infinity), found.stream]).toEqual([
        expected === undefined ? undefined : true,
        stream === true,
      ]);
      if (typeof model === "string" && /^[\x20-\x7e]*$/.test(model)) expect(found.model).toBe(model);
    }),
    { numRuns: 2_000 },
  );
});
