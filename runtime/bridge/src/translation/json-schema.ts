import { untranslatable } from "./notes.ts";

export type JsonSchema = Record<string, unknown>;

/**
 * What Gemini reads of a JSON Schema.
 * Source: FunctionDeclaration.parametersJsonSchema and GenerationConfig.responseJsonSchema, ai.google.dev/api/generate-content (2026-11).
 */
const kept = new Set([
  "$anchor",
  "type",
  "format",
  "title",
  "description",
  "enum",
  "items",
  "prefixItems",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "anyOf",
  "oneOf",
  "properties",
  "additionalProperties",
  "required",
  "propertyOrdering",
]);

/** Say nothing about which values are valid, nor anything a model could use. */
const meaningless = new Set(["$schema", "$id", "$comment", "$defs", "definitions", "deprecated", "readOnly", "writeOnly", "nullable"]);

const formats = new Set(["date-time", "date", "time", "duration", "enum", "float", "double", "int32", "int64"]);

/** Units: characters of one schema's constraints put into words; more would bury the description. */
const maxToldLength = 4_000;

interface Place {
  /** Where the schema stands in the request, for refusals. */
  path: string;
  /** Whether the caller was promised that answers fit the schema: then a constraint may not become mere advice. */
  strict: boolean;
}

interface Within extends Place {
  /** The names under the document's `$defs`. */
  definitions: ReadonlySet<string>;
}

/**
 * A JSON Schema in Gemini's subset: equivalents are rewritten, and a constraint without any is told to the model in the description.
 * Throws: `request.untranslatable` for references out of the document and, in strict schemas, for what can't be guaranteed.
 */
export function toGeminiSchema(schema: unknown, given: Place): JsonSchema {
  const root = asObject(schema, given);
  const definitions = { ...object(root["definitions"]), ...object(root["$defs"]) };
  const place = { ...given, definitions: new Set(Object.keys(definitions)) };
  const translated = translate(root, place);
  if (Object.keys(definitions).length === 0) return translated;
  return { ...translated, $defs: mapValues(definitions, (each, name) => translate(each, at(place, `$defs.${name}`))) };
}

function translate(given: unknown, place: Within): JsonSchema {
  if (given === true) return {};
  const { $ref: target, ...schema } = rewritten(asObject(given, place), place);
  if (typeof target === "string") return withReference(reference(target, place), schema, place);
  const result: JsonSchema = {};
  const told: JsonSchema = {};
  for (const [name, value] of Object.entries(schema)) {
    if (meaningless.has(name)) continue;
    if (kept.has(name) && expressible(name, value)) result[name] = child(name, value, place);
    else told[name] = value;
  }
  return Object.keys(told).length === 0 ? result : { ...result, description: putIntoWords(result["description"], told, place) };
}

/** Beside a reference Gemini takes nothing: what stands there moves outside of a choice that has the reference alone. */
function withReference(reference: JsonSchema, beside: JsonSchema, place: Within): JsonSchema {
  if (Object.keys(beside).every((name) => meaningless.has(name))) return reference;
  const { anyOf: choice, ...rest } = beside;
  const outside = translate(rest, place);
  return { ...outside, ...(choice === undefined ? {} : { description: putIntoWords(outside["description"], { anyOf: choice }, place) }), anyOf: [reference] };
}

/** A reference to anything but a definition, such as to the whole document, becomes words. */
function reference(target: string, place: Within): JsonSchema {
  const inside = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(target)?.[1];
  if (inside !== undefined && place.definitions.has(unescaped(inside))) return { $ref: `#/$defs/${inside}` };
  if (target.startsWith("#") && inside === undefined && !place.strict)
    return { type: "object", description: `The same shape as ${target === "#" ? "the whole input" : target}.` };
  throw untranslatable(place.path, `the reference ${JSON.stringify(target)} can't be translated to Gemini; put the schema under "$defs" of the same document`);
}

/** Source: RFC 6901, JSON Pointer, section 6. */
function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}

function child(name: string, value: unknown, place: Within): unknown {
  switch (name) {
    case "properties":
      return mapValues(object(value), (each, property) => translate(each, at(place, `${name}.${property}`)));
    case "items":
      return translate(value, at(place, name));
    case "additionalProperties":
      return typeof value === "boolean" ? value : translate(value, at(place, name));
    case "prefixItems":
    case "anyOf":
    case "oneOf":
      return (value as unknown[]).map((each, index) => translate(each, at(place, `${name}.${index}`)));
    default:
      return value;
  }
}

/** Whether Gemini can say this keyword with this value. */
function expressible(name: string, value: unknown): boolean {
  switch (name) {
    case "format":
      return typeof value === "string" && formats.has(value);
    case "enum":
      return Array.isArray(value) && value.every((each) => typeof each === "string" || typeof each === "number");
    case "items":
      return !Array.isArray(value) && value !== false;
    case "prefixItems":
    case "anyOf":
    case "oneOf":
      return Array.isArray(value) && !value.includes(false);
    case "properties":
      return !Object.values(object(value)).includes(false);
    default:
      return true;
  }
}

/** The same constraints in Gemini's words. */
function rewritten(schema: JsonSchema, place: Place): JsonSchema {
  let result = { ...schema };
  if (typeof result["const"] === "string" || typeof result["const"] === "number") {
    const { const: only, ...rest } = result;
    result = { type: typeof only === "string" ? "string" : "number", ...rest, enum: [only] };
  }
  for (const [exclusive, inclusive, step] of [
    ["exclusiveMinimum", "minimum", 1],
    ["exclusiveMaximum", "maximum", -1],
  ] as const) {
    const bound = result[exclusive];
    if (result["type"] !== "integer" || !Number.isInteger(bound) || inclusive in result) continue;
    const { [exclusive]: _dropped, ...rest } = result;
    result = { ...rest, [inclusive]: (bound as number) + step };
  }
  if (result["nullable"] === true && typeof result["type"] === "string") result = { ...result, type: [result["type"], "null"] };
  const all = result["allOf"];
  if (Array.isArray(all) && all.length === 1 && isReference(all[0]) && !("$ref" in result)) {
    const { allOf: _dropped, ...rest } = result;
    return { ...rest, ...all[0] };
  }
  if (Array.isArray(all) && all.every((each) => mergeable(each))) {
    const { allOf: _dropped, ...rest } = result;
    result = rewritten([rest, ...all.map((each) => asObject(each, place))].reduce(merged), place);
  }
  return result;
}

const isReference = (schema: unknown): schema is { $ref: string } =>
  typeof schema === "object" && schema !== null && Object.keys(schema).length === 1 && typeof (schema as JsonSchema)["$ref"] === "string";

/** Only objects that do nothing but name properties are merged; anything else in an `allOf` could contradict. */
const mergeable = (schema: unknown): boolean =>
  typeof schema === "object" &&
  schema !== null &&
  Object.keys(schema).every((name) => ["type", "properties", "required", "description", "title"].includes(name));

function merged(left: JsonSchema, right: JsonSchema): JsonSchema {
  const required = [...new Set([...array(left["required"]), ...array(right["required"])])];
  const properties = { ...object(right["properties"]), ...object(left["properties"]) };
  return {
    ...right,
    ...left,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

function putIntoWords(description: unknown, constraints: JsonSchema, place: Place): string {
  const names = Object.keys(constraints);
  const advice = names.filter((name) => !["default", "examples", "example"].includes(name));
  if (place.strict && advice.length > 0)
    throw untranslatable(place.path, `Gemini can't guarantee ${advice.map((name) => JSON.stringify(name)).join(", ")}; leave "strict" or the keyword out`);
  const text = JSON.stringify(constraints);
  if (text.length > maxToldLength)
    throw untranslatable(
      place.path,
      `the keywords ${names.join(", ")} can't be expressed for Gemini and are too long (${text.length} characters) to be put into words`,
    );
  return `${typeof description === "string" && description !== "" ? `${description}\n` : ""}Also (JSON Schema): ${text}`;
}

const at = (place: Within, step: string): Within => ({ ...place, path: `${place.path}.${step}` });

function asObject(value: unknown, { path }: Place): JsonSchema {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonSchema;
  throw untranslatable(path, `${JSON.stringify(value) ?? "undefined"} is no JSON Schema that Gemini can take`);
}

const object = (value: unknown): JsonSchema => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {});
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const mapValues = (record: JsonSchema, change: (value: unknown, name: string) => unknown): JsonSchema =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
