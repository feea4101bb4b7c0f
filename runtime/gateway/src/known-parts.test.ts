import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readBodyFields } from "./body-fields.ts";
import { digestOf, KnownParts } from "./known-parts.ts";

const part = (fill: string, size = 5_000) => Buffer.from(JSON.stringify([fill.repeat(size - 4)]));
const inBody = (value: Buffer) => Buffer.concat([Buffer.from("{"), value, Buffer.from("}")]);

test("a part is known wherever it stands again, and by its bytes alone", () => {
  const parts = new KnownParts();
  const value = part("a");
  expect(parts.find("key:1", "tools", inBody(value), 1)).toBeUndefined();
  expect(parts.learn("key:1", "tools", value)).toMatchObject({ digest: digestOf(value) });
  const known = parts.find("key:1", "tools", inBody(value), 1);
  expect([known?.bytes.length, known?.digest]).toEqual([5_000, digestOf(value)]);
  expect(parts.find("key:1", "tools", inBody(value), 2)).toBeUndefined();
  expect(parts.find("key:1", "tools", inBody(part("b")), 1)).toBeUndefined();
  expect(parts.find("key:1", "tools", value.subarray(0, -1), 0)).toBeUndefined();
  value.fill("b");
  expect(parts.find("key:1", "tools", inBody(part("a")), 1)).toBe(known);
});

test("others, other fields, short parts and very long ones are told nothing of it", () => {
  const parts = new KnownParts();
  parts.learn("key:1", "tools", part("a"));
  expect(parts.find("key:2", "tools", part("a"), 0)).toBeUndefined();
  expect(parts.find("key:1", "system", part("a"), 0)).toBeUndefined();
  for (const value of [part("a", 100), part("a", 300_000)]) expect(parts.learn("key:1", "tools", value)).toBeUndefined();
  expect(parts.learn("key:1", "messages", part("a"))).toBeUndefined();
});

test("of one field the last four are known, and all together have a bound", () => {
  const parts = new KnownParts();
  for (const fill of "abcde") parts.learn("key:1", "tools", part(fill));
  expect([..."abcde"].map((fill) => parts.find("key:1", "tools", part(fill), 0) !== undefined)).toEqual([false, true, true, true, true]);
  for (let key = 2; key <= 33; key++) parts.learn(`key:${key}`, "tools", part("a", 262_144));
  expect(parts.find("key:1", "tools", part("e"), 0)).toBeUndefined();
  expect(parts.find("key:33", "tools", part("a", 262_144), 0)).toBeDefined();
});

test("a body is read the same with parts that are known as without", () => {
  const parts = new KnownParts();
  const long = fc
    .array(fc.record({ name: fc.string(), text: fc.constantFrom("a]", '"}', "\\") }), { minLength: 2, maxLength: 3 })
    .map((tools) => ({ tools, fill: "x".repeat(3_000) }));
  fc.assert(
    fc.property(long, fc.oneof(long, fc.constant("y".repeat(3_000))), fc.constantFrom(undefined, 1), (tools, system, indent) => {
      for (const body of [
        { system, tools, model: "m" },
        { tools, max_tokens: 5, system, stream: true },
        { tools: [tools], system: [system] },
      ]) {
        const bytes = Buffer.from(JSON.stringify(body, undefined, indent));
        const strip = ({ members, ...fields }: ReturnType<typeof readBodyFields>) => ({
          ...fields,
          members: members?.map(({ part: _part, ...member }) => member),
        });
        expect(strip(readBodyFields(bytes, { parts, scope: "key:1" }))).toEqual(strip(readBodyFields(bytes)));
      }
    }),
    { numRuns: 200 },
  );
});
