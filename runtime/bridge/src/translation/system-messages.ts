import type { z } from "zod";
import { toolChangeBlock } from "../anthropic/blocks.ts";
import { systemMessage, type Effort } from "../anthropic/request.ts";
import { invalid, join, read, untranslatable, type Notes } from "./notes.ts";
import { readText, typeOf } from "./parts.ts";
import { readTool, type Tool } from "./tools.ts";

/** What the system messages between the others do: text for the model, a change of tools, an effort for this turn. */
export interface SystemMessages {
  /** By the message's place in `messages`; a message that has been cleared has no text. */
  texts: ReadonlyMap<number, string>;
  /** The tools in force after all changes. */
  tools: readonly Tool[];
  effort: Effort | undefined;
}

/** Throws: `request.invalid`, `request.untranslatable`. */
export function readSystemMessages(messages: readonly { role: string }[], tools: readonly Tool[], notes: Notes): SystemMessages {
  const texts = new Map<number, string>();
  const inForce = new Map(tools.map((tool) => [tool.name, tool]));
  if (inForce.size < tools.length) throw invalid("tools", "Tool names must be unique.");
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const lastAssistant = messages.findLastIndex(({ role }) => role === "assistant");
  let effort: Effort | undefined;
  for (const [index, given] of messages.entries()) {
    if (given.role !== "system") continue;
    const path = join("messages", index);
    const message = read(systemMessage, given, path, notes);
    const lines = linesOf(message, path, notes, (change) => applyChange(inForce, change, notes));
    const cleared = message.clear_at === "next_user_message" && index < lastUser;
    if (!cleared && lines.length > 0) texts.set(index, lines.join("\n"));
    if (index > lastAssistant) effort = message.output_config?.effort ?? effort;
  }
  return { texts, tools: [...inForce.values()], effort };
}

interface Change {
  block: z.output<typeof toolChangeBlock>;
  path: string;
}

function linesOf({ content = [] }: z.output<typeof systemMessage>, path: string, notes: Notes, apply: (change: Change) => string): string[] {
  if (typeof content === "string") return content === "" ? [] : [content];
  return content.map((block, index) => {
    const place = join(path, "content", index);
    switch (typeOf(block)) {
      case "text":
        return readText(block, place, notes);
      case "tool_addition":
      case "tool_removal":
        return apply({ block: read(toolChangeBlock, block, place, notes), path: join(place, "tool") });
      default:
        throw untranslatable(place, `a system message can't hold blocks of type ${JSON.stringify(typeOf(block))}`);
    }
  });
}

/** Puts a tool in or out of force; Gemini learns of it in words, since its list of tools has no history. */
function applyChange(inForce: Map<string, Tool>, { block, path }: Change, notes: Notes): string {
  const { tool } = block;
  if (tool.type === "tool_definition" && block.type === "tool_addition") {
    const added = readTool(tool["definition"], join(path, "definition"), notes);
    inForce.set(added.name, added);
    return `The tool ${added.name} can be used now.`;
  }
  if (tool.type !== "tool_reference") throw untranslatable(join(path, "type"), `${JSON.stringify(tool.type)} can't be translated to Gemini`);
  const { name } = tool;
  if (typeof name !== "string") throw invalid(join(path, "name"), "Input should be a valid string");
  if (block.type === "tool_addition") return `The tool ${name} can be used now.`;
  inForce.delete(name);
  return `The tool ${name} can't be used any more.`;
}
