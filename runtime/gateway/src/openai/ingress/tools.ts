import { z } from "zod";
import type { Tool, ToolChoice, ToolUseBlock } from "../wire/anthropic.ts";
import { invalid, untranslatable } from "../wire/fault.ts";
import { isFields, join, maybe, read, typeOf } from "../wire/fields.ts";

/** Source: the Messages API's errors for names and ids that don't match. */
const namePattern = /^[a-zA-Z0-9_-]{1,128}$/;

const definition = { name: z.string().regex(namePattern), description: maybe(z.string()), parameters: maybe(z.looseObject({})), strict: maybe(z.boolean()) };
const chatTool = z.object({ type: z.literal("function"), function: z.unknown() });
const chatFunction = z.object(definition);
const responsesTool = z.object({
  type: z.literal("function"),
  ...definition,
  async: maybe(z.literal(false)),
  defer_loading: maybe(z.literal(false)),
  allowed_callers: maybe(z.array(z.literal("direct"))),
});

/** Chat Completions: `{type, function: {name, …}}`. Throws: TranslationFault for any tool that is no function. */
export const toChatTool = (tool: unknown, path: string): Tool => {
  requireFunction(tool, path);
  return toTool(read(chatFunction, read(chatTool, tool, path).function, join(path, "function")), path);
};

/** Responses: `{type, name, …}`. Throws: as `toChatTool`. */
export const toResponsesTool = (tool: unknown, path: string): Tool => {
  requireFunction(tool, path);
  return toTool(read(responsesTool, tool, path), path);
};

function requireFunction(tool: unknown, path: string): void {
  if (typeOf(tool) !== "function")
    throw untranslatable(join(path, "type"), `tools of type ${JSON.stringify(typeOf(tool))} can't be translated; offer a function`);
}

function toTool({ name, description, parameters, strict }: z.output<typeof chatFunction>, path: string): Tool {
  const schema: Record<string, unknown> = parameters ?? { properties: {} };
  if (schema["type"] !== undefined && schema["type"] !== "object") throw invalid(join(path, "parameters.type"), 'must be "object"');
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: { ...schema, type: "object" },
    ...(strict === true ? { strict } : {}),
  };
}

const namedChoice = z.object({ type: z.literal("function"), name: z.string() });
const chatNamedChoice = z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) });

export interface ChoiceFields {
  tool_choice?: unknown;
  parallel_tool_calls?: boolean | undefined;
  hasTools: boolean;
}

/** Which tools may or must be called, and whether several at once. Throws: TranslationFault. */
export function toToolChoice({ tool_choice: given, parallel_tool_calls, hasTools }: ChoiceFields): ToolChoice | undefined {
  const choice = readChoice(given ?? undefined);
  if (!hasTools) {
    if (choice === undefined || choice.type === "none" || choice.type === "auto") return undefined;
    throw invalid("tool_choice", "asks for a tool, but there are no tools");
  }
  if (parallel_tool_calls !== false || choice?.type === "none") return choice;
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: true };
}

function readChoice(given: unknown): ToolChoice | undefined {
  if (given === undefined) return undefined;
  if (given === "auto" || given === "none") return { type: given };
  if (given === "required") return { type: "any" };
  if (typeOf(given) !== "function") throw untranslatable("tool_choice", 'only "auto", "none", "required" and a function by its name can be translated');
  const isChat = isFields(given) && given["function"] !== undefined;
  const name = isChat ? read(chatNamedChoice, given, "tool_choice").function.name : read(namedChoice, given, "tool_choice").name;
  return { type: "tool", name };
}

/** A call that the model made before. Throws: TranslationFault for arguments that are no JSON object. */
export function toToolUse({ id, name, args }: { id: string; name: string; args: string }, path: string): ToolUseBlock {
  if (!namePattern.test(name)) throw invalid(join(path, "name"), `String should match pattern '${namePattern.source}'`);
  return { type: "tool_use", id: toToolUseId(id), name, input: readArguments(args, path) };
}

function readArguments(args: string, path: string): Record<string, unknown> {
  if (args.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(args);
    if (isFields(parsed)) return parsed;
  } catch {
    // Told below, with what is wrong about it.
  }
  throw invalid(join(path, "arguments"), "must be a JSON object");
}

/** Other models' ids hold what Anthropic's may not; a call and its result get the same id, since it follows from theirs alone. */
export const toToolUseId = (id: string): string =>
  /^[a-zA-Z0-9_-]+$/.test(id)
    ? id
    : `call_${[...Buffer.from(id, "utf8")].map((byte) => (isIdByte(byte) ? String.fromCharCode(byte) : `_${byte.toString(16)}`)).join("")}`;

const isIdByte = (byte: number): boolean => (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 45;
