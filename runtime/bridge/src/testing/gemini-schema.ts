import { invalidArgument } from "./google-refusal.ts";

/** Source: GenerationConfig.responseJsonSchema and FunctionDeclaration.parametersJsonSchema, ai.google.dev/api/generate-content (2026-11). */
const keywords: Record<string, (value: unknown) => boolean> = {
  $id: isText,
  $defs: isObject,
  $ref: isText,
  $anchor: isText,
  type: (value) => [value].flat().every((each) => ["string", "number", "integer", "boolean", "array", "object", "null"].includes(String(each))),
  format: isText,
  title: isText,
  description: isText,
  enum: (value) => Array.isArray(value) && value.every((each) => typeof each === "string" || typeof each === "number"),
  items: isObject,
  prefixItems: isSchemas,
  minItems: isNumber,
  maxItems: isNumber,
  minimum: isNumber,
  maximum: isNumber,
  anyOf: isSchemas,
  oneOf: isSchemas,
  properties: isObject,
  additionalProperties: (value) => typeof value === "boolean" || isObject(value),
  required: (value) => Array.isArray(value) && value.every(isText),
  propertyOrdering: (value) => Array.isArray(value) && value.every(isText),
};

function isText(value: unknown): value is string {
  return typeof value === "string";
}
function isNumber(value: unknown): boolean {
  return typeof value === "number";
}
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isSchemas(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

/** Holds a schema to the part of JSON Schema that Gemini takes. Throws: GoogleRefusal. */
export function checkSchema(schema: unknown, place: string): void {
  const definitions = isObject(schema) && isObject(schema["$defs"]) ? Object.keys(schema["$defs"]) : [];
  check(schema, place, new Set(definitions));
}

function check(schema: unknown, place: string, definitions: ReadonlySet<string>): void {
  if (!isObject(schema)) throw invalidArgument(`${place}: schema must be an object`);
  for (const [name, value] of Object.entries(schema))
    if (!(Object.hasOwn(keywords, name) && keywords[name]?.(value))) throw invalidArgument(`Unknown or malformed keyword "${name}" at '${place}'.`);
  const { $ref: reference } = schema;
  if (reference !== undefined) {
    if (Object.keys(schema).some((name) => !name.startsWith("$"))) throw invalidArgument(`${place}: beside $ref no other fields may be set`);
    if (!definitions.has(decode(String(reference)))) throw invalidArgument(`${place}: $ref ${String(reference)} leads nowhere`);
  }
  const below = (name: string, each: unknown) => check(each, `${place}.${name}`, definitions);
  for (const name of ["properties", "$defs"])
    for (const [key, each] of Object.entries((schema[name] as object | undefined) ?? {})) below(`${name}.${key}`, each);
  for (const name of ["prefixItems", "anyOf", "oneOf"]) for (const each of (schema[name] as unknown[] | undefined) ?? []) below(name, each);
  for (const name of ["items", "additionalProperties"]) if (isObject(schema[name])) below(name, schema[name]);
}

const decode = (reference: string) =>
  decodeURIComponent(reference.replace(/^#\/\$defs\//, ""))
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
