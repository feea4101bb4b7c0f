import { z } from "zod";
import { untranslatable } from "../wire/fault.ts";
import { join, maybe, read, typeOf } from "../wire/fields.ts";

const schemaFields = { name: maybe(z.string()), description: maybe(z.string()), schema: z.looseObject({}), strict: maybe(z.boolean()) };
const chatFormat = z.object({ type: z.literal("json_schema"), json_schema: z.unknown() });
const chatSchema = z.object(schemaFields);
const responsesFormat = z.object({ type: z.literal("json_schema"), ...schemaFields });

export type OutputFormat = { type: "json_schema"; schema: Record<string, unknown> };

/**
 * The form that an answer must have. Anthropic has the same under its own name, so that nothing has to be imitated by a tool.
 * Throws: TranslationFault for `json_object`, which promises JSON of any kind.
 */
export function toOutputFormat(given: unknown, field: string): OutputFormat | undefined {
  if (given === undefined || given === null || typeOf(given) === "text") return undefined;
  if (typeOf(given) !== "json_schema")
    throw untranslatable(join(field, "type"), `${JSON.stringify(typeOf(given))} can't be translated; say by "json_schema" what the JSON holds`);
  const nested = field === "response_format";
  const { schema, description } = nested
    ? read(chatSchema, read(chatFormat, given, field).json_schema, join(field, "json_schema"))
    : read(responsesFormat, given, field);
  return { type: "json_schema", schema: description === undefined || schema["description"] !== undefined ? schema : { ...schema, description } };
}
