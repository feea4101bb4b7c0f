import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BridgeError } from "../errors.ts";
import { checkSchema } from "../testing/gemini-schema.ts";
import { toGeminiSchema } from "./json-schema.ts";

const loose = (schema: unknown) => toGeminiSchema(schema, { path: "schema", strict: false });
const strict = (schema: unknown) => toGeminiSchema(schema, { path: "schema", strict: true });
const checked = (schema: unknown) => {
  const translated = loose(schema);
  checkSchema(translated, "schema");
  return translated;
};

describe("what Gemini knows passes unchanged", () => {
  test.each([
    [{ type: "object", properties: { a: { type: "string", description: "x" } }, required: ["a"], additionalProperties: false }],
    [{ type: "array", items: { type: ["integer", "null"], minimum: 1, maximum: 9 }, minItems: 1, maxItems: 3 }],
    [
      {
        anyOf: [
          { type: "string", enum: ["a", "b"] },
          { type: "number", enum: [1, 2] },
        ],
        title: "t",
      },
    ],
    [{ type: "array", prefixItems: [{ type: "string" }], items: { type: "number" } }],
    [{ type: "string", format: "date-time" }],
    [{ type: "object", properties: { a: { $ref: "#/$defs/A" } }, $defs: { A: { type: "string" } } }],
  ])("%j", (schema) => {
    expect(checked(schema)).toEqual(schema);
    expect(strict(schema)).toEqual(schema);
  });
});

describe("what Gemini says otherwise is said otherwise", () => {
  test.each([
    ["a constant", { const: "a" }, { type: "string", enum: ["a"] }],
    ["an exclusive bound of integers", { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 }, { type: "integer", minimum: 1, maximum: 9 }],
    ["nullable", { type: "string", nullable: true }, { type: ["string", "null"] }],
    ["true", { type: "object", properties: { a: true } }, { type: "object", properties: { a: {} } }],
    [
      "allOf that only adds properties",
      { allOf: [{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }, { properties: { b: { const: 1 } } }] },
      { type: "object", properties: { a: { type: "string" }, b: { type: "number", enum: [1] } }, required: ["a"] },
    ],
    [
      "older definitions",
      { properties: { a: { $ref: "#/definitions/A" } }, definitions: { A: { type: "string" } } },
      { properties: { a: { $ref: "#/$defs/A" } }, $defs: { A: { type: "string" } } },
    ],
    [
      "what stands beside a reference",
      { properties: { a: { allOf: [{ $ref: "#/$defs/A" }], description: "why", default: 1 } }, $defs: { A: { type: "number" } } },
      { properties: { a: { description: 'why\nAlso (JSON Schema): {"default":1}', anyOf: [{ $ref: "#/$defs/A" }] } }, $defs: { A: { type: "number" } } },
    ],
    ["meta data", { $schema: "https://json-schema.org/draft/2020-12/schema", $id: "x", $comment: "y", type: "object" }, { type: "object" }],
  ])("%s", (_what, schema, expected) => {
    expect(checked(schema)).toEqual(expected);
  });
});

test("what Gemini can't say is told to the model in the description", () => {
  expect(checked({ type: "string", pattern: "^a", minLength: 2, description: "A word" })).toEqual({
    type: "string",
    description: 'A word\nAlso (JSON Schema): {"pattern":"^a","minLength":2}',
  });
  expect(checked({ type: "object", properties: { self: { $ref: "#" } } })).toEqual({
    type: "object",
    properties: { self: { type: "object", description: "The same shape as the whole input." } },
  });
});

describe("what must hold and can't be guaranteed is refused by its name", () => {
  test.each([
    [{ type: "string", pattern: "^a" }, /^schema: .*"pattern"/],
    [{ type: "object", properties: { a: { type: "array", uniqueItems: true } } }, /^schema\.properties\.a: .*"uniqueItems"/],
    [{ $ref: "#" }, /"#"/],
    [{ not: { type: "string" } }, /"not"/],
  ])("%j where the caller was promised it", (schema, message) => {
    expect(() => strict(schema)).toThrow(message);
    expect(() => strict(schema)).toThrow(BridgeError);
  });

  test.each([
    ["a reference out of the document", { $ref: "https://example.com/schema.json" }, /example\.com/],
    ["a reference to nothing", { $ref: "#/$defs/Missing" }, /Missing/],
    ["a number for a schema", { properties: { a: 1 } }, /^schema\.properties\.a: 1 is no JSON Schema/],
    ["a constraint of 5,000 characters", { type: "string", pattern: "x".repeat(5_000) }, /too long \(50\d\d characters\)/],
  ])("%s anywhere", (_what, schema, message) => {
    expect(() => loose(schema)).toThrow(message);
  });

  test("a default or an example is no promise", () => {
    expect(strict({ type: "string", default: "a" })).toEqual({ type: "string", description: 'Also (JSON Schema): {"default":"a"}' });
  });
});

test("whatever JSON stands for a schema, the result is one that Gemini takes, or a refusal", () => {
  const names = [
    "type",
    "properties",
    "items",
    "anyOf",
    "allOf",
    "not",
    "$ref",
    "$defs",
    "const",
    "enum",
    "required",
    "pattern",
    "minimum",
    "exclusiveMinimum",
    "nullable",
    "default",
  ];
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.boolean(),
      fc.constant({}),
      fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 5 }),
    ),
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("string", "object", "#/$defs/a", "#", 1, -1.5, true, null),
      fc.array(tie("schema"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "__proto__"), tie("schema"), { maxKeys: 3 }),
      tie("schema"),
    ),
  }));
  fc.assert(
    fc.property(schema, (given) => {
      try {
        const translated = loose(given);
        const known = new Set(["type", "title", "description", "format", "enum", "minimum", "maximum", "minItems", "maxItems", "required"]);
        // Values of Gemini's own keywords are the caller's affair; no other keyword may be left.
        expect(unknownKeywords(translated, known)).toEqual([]);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(BridgeError);
      }
    }),
    { numRuns: 5_000 },
  );
});

function unknownKeywords(schema: unknown, leaves: ReadonlySet<string>): string[] {
  const entries = Object.entries(schema as object);
  return entries.flatMap(([name, value]) => {
    if (leaves.has(name) || name === "$ref") return [];
    if (name === "properties" || name === "$defs")
      return Object.values((value ?? {}) as object).flatMap((each) => (typeof each === "object" ? unknownKeywords(each, leaves) : []));
    if (name === "anyOf" || name === "oneOf" || name === "prefixItems") return (value as unknown[]).flatMap((each) => unknownKeywords(each, leaves));
    if (name === "items" || name === "additionalProperties") return typeof value === "object" ? unknownKeywords(value, leaves) : [];
    return [name];
  });
}
