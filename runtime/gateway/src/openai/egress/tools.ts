import { z } from "zod";
import { untranslatable } from "../wire/fault.ts";
import { join, maybe, read } from "../wire/fields.ts";
import type { ChatTool, ChatToolChoice } from "../wire/openai.ts";

/** Fields that say how Anthropic's servers treat a tool; a model that sees all of them from the start needs none. */
const treatment = {
  cache_control: z.unknown().optional(),
  defer_loading: z.unknown().optional(),
  eager_input_streaming: z.unknown().optional(),
  allowed_callers: z.unknown().optional(),
};

const customTool = z.object({
  type: maybe(z.literal("custom")),
  name: z.string().min(1),
  description: maybe(z.string()),
  input_schema: z.looseObject({}),
  input_examples: maybe(z.array(z.unknown())),
  strict: maybe(z.boolean()),
  ...treatment,
});

/** Throws: TranslationFault for tools that Anthropic's servers would run. */
export function toChatTool(tool: unknown, path: string): ChatTool {
  const type = (tool as { type?: unknown } | null)?.type ?? "custom";
  if (type !== "custom") throw untranslatable(join(path, "type"), `tools of type ${JSON.stringify(type)} run at Anthropic; offer a custom tool`);
  const { name, description, input_schema, input_examples, strict } = read(customTool, tool, path);
  const examples = (input_examples ?? []).map((example) => `Example input: ${JSON.stringify(example)}`);
  const text = [description ?? "", ...examples].filter((each) => each !== "").join("\n");
  return {
    type: "function",
    function: { name, ...(text === "" ? {} : { description: text }), parameters: input_schema, ...(strict === true ? { strict } : {}) },
  };
}

const parallel = { disable_parallel_tool_use: maybe(z.boolean()) };
const toolChoice = z.discriminatedUnion("type", [
  z.object({ type: z.literal("auto"), ...parallel }),
  z.object({ type: z.literal("any"), ...parallel }),
  z.object({ type: z.literal("tool"), name: z.string(), ...parallel }),
  z.object({ type: z.literal("none") }),
]);
const choiceField = z.object({ tool_choice: maybe(toolChoice) });

/** Throws: TranslationFault. */
export function toChatToolChoice(given: unknown): { tool_choice?: ChatToolChoice; parallel_tool_calls?: false } {
  const { tool_choice: choice } = read(choiceField, { tool_choice: given }, "");
  if (choice === undefined) return {};
  const one = choice.type !== "none" && choice.disable_parallel_tool_use === true ? { parallel_tool_calls: false as const } : {};
  if (choice.type === "tool") return { tool_choice: { type: "function", function: { name: choice.name } }, ...one };
  return { tool_choice: choice.type === "any" ? "required" : choice.type, ...one };
}
