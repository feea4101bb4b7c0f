import { z } from "zod";
import { maybe } from "../anthropic/optional.ts";
import type { FunctionCallingConfig, FunctionDeclaration, GenerateContentRequest } from "../gemini/types.ts";
import { toGeminiSchema } from "./json-schema.ts";
import { invalid, join, read, untranslatable, type Notes } from "./notes.ts";
import { createToolNames, type ToolNames } from "./tool-names.ts";

/** Source: platform.claude.com, Messages API, `tools`; @anthropic-ai/sdk 1.12.0, BetaTool. */
const customTool = z.object({
  type: maybe(z.literal("custom")),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
  description: maybe(z.string()),
  input_schema: z.looseObject({ type: z.literal("object") }),
  strict: maybe(z.boolean()),
  input_examples: maybe(z.array(z.unknown())),
  allowed_callers: maybe(z.array(z.string())),
  cache_control: z.unknown().optional(),
  defer_loading: maybe(z.boolean()),
  eager_input_streaming: maybe(z.boolean()),
});

const toolChoice = z.object({
  type: z.enum(["auto", "any", "tool", "none"]),
  name: maybe(z.string()),
  disable_parallel_tool_use: maybe(z.boolean()),
});

export type Tool = z.output<typeof customTool>;

/** Source: Tool.functionDeclarations, "Maximum 512 function declarations". */
const maxTools = 512;

/** Reads one entry of `tools`. Throws: `request.untranslatable` for tools that only Anthropic can run or describe. */
export function readTool(value: unknown, path: string, notes: Notes): Tool {
  const type = (value as { type?: unknown } | null)?.type;
  if (type !== undefined && type !== null && type !== "custom")
    throw untranslatable(path, `tools of type ${JSON.stringify(type)} can't be translated to Gemini; offer a custom tool, or leave it out`);
  const tool = read(customTool, value, path, notes);
  if (tool.allowed_callers?.includes("direct") === false)
    throw untranslatable(join(path, "allowed_callers"), 'Gemini calls tools directly or not at all; add "direct"');
  return tool;
}

export interface ToolPlan extends Pick<GenerateContentRequest, "tools" | "toolConfig"> {
  names: ToolNames;
  /** Whether an answer may hold one tool use at most; Gemini knows no such switch, so that the bridge keeps to it. */
  single: boolean;
}

/** Throws: `request.invalid`, `request.untranslatable`. */
export function planTools(tools: readonly Tool[], choice: unknown, notes: Notes): ToolPlan {
  if (tools.length > maxTools) throw untranslatable("tools", `Gemini takes ${maxTools} tools at most, and here are ${tools.length}`);
  const names = createToolNames(tools.map(({ name }) => name));
  if (tools.length === 0) {
    if (choice !== undefined && choice !== null) throw invalid("tool_choice", "may only be specified while providing tools");
    return { names, single: false };
  }
  const { config, single } = choose(tools, choice ?? { type: "auto" }, names, notes);
  return {
    names,
    single,
    tools: [{ functionDeclarations: tools.map((tool, index) => declaration(tool, names, `tools.${index}`)) }],
    toolConfig: { functionCallingConfig: config },
  };
}

function choose(tools: readonly Tool[], given: unknown, names: ToolNames, notes: Notes): { config: FunctionCallingConfig; single: boolean } {
  const choice = read(toolChoice, given, "tool_choice", notes);
  const single = choice.disable_parallel_tool_use ?? false;
  const strict = tools.some((tool) => tool.strict === true);
  switch (choice.type) {
    case "auto":
      return { config: { mode: strict ? "VALIDATED" : "AUTO" }, single };
    case "any":
      return { config: { mode: "ANY" }, single };
    case "none":
      return { config: { mode: "NONE" }, single };
    case "tool": {
      const { name } = choice;
      if (name === undefined || !tools.some((tool) => tool.name === name))
        throw invalid("tool_choice.name", `Tool '${name ?? ""}' not found in provided tools`);
      return { config: { mode: "ANY", allowedFunctionNames: [names.toGemini(name)] }, single };
    }
  }
}

function declaration(tool: Tool, names: ToolNames, path: string): FunctionDeclaration {
  const description = [tool.description, ...examples(tool)].filter((text) => text !== undefined && text !== "").join("\n\n");
  const schema = toGeminiSchema(tool.input_schema, { path: join(path, "input_schema"), strict: tool.strict ?? false });
  return {
    name: names.toGemini(tool.name),
    ...(description === "" ? {} : { description }),
    // A function without parameters leaves them out. Source: FunctionDeclaration.parameters.
    ...(Object.keys(schema).every((name) => name === "type") ? {} : { parametersJsonSchema: schema }),
  };
}

const examples = ({ input_examples = [] }: Tool): string[] => (input_examples.length === 0 ? [] : [`Examples of input: ${JSON.stringify(input_examples)}`]);
