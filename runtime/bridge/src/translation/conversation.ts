import { asText } from "@freehold/kernel/text";
import { redactedThinkingBlock, thinkingBlock, toolUseBlock } from "../anthropic/blocks.ts";
import { message as messageSchema } from "../anthropic/request.ts";
import type { Profile } from "../gemini/profiles.ts";
import type { Content, Part } from "../gemini/types.ts";
import { fault } from "../errors.ts";
import { invalid, join, read, untranslatable, type Notes } from "./notes.ts";
import { readText, toParts, typeOf } from "./parts.ts";
import { openSignature, skipSignature, type SignatureMemory } from "./signatures.ts";
import { geminiIdOf } from "./tool-ids.ts";
import type { ToolNames } from "./tool-names.ts";
import { toToolResult } from "./tool-results.ts";

export interface ConversationContext {
  /** The Gemini model that answers; another model's signatures are none to it. */
  model: string;
  profile: Profile;
  names: ToolNames;
  signatures: SignatureMemory;
  systemTexts: ReadonlyMap<number, string>;
  notes: Notes;
}

export interface Conversation {
  contents: Content[];
  /** Every tool_use id of the request. */
  toolUseIds: ReadonlySet<string>;
}

/** The tool uses of the model's last turn that still wait for their results, by id. */
type Open = Map<string, string>;

/** What stands between two turns of the model, over several messages: results first, then all else in its order. */
interface UserSide {
  responses: Part[];
  others: Part[];
}

/**
 * The messages as Gemini's turns. Function responses stand in a turn of their own: beside other parts Gemini takes the
 * turn for the model's and refuses it.
 * Throws: `request.invalid` where Anthropic refuses too, in its wording; `request.untranslatable`.
 */
export function toContents(messages: readonly { role: string }[], context: ConversationContext): Conversation {
  const contents: Content[] = [];
  const toolUseIds = new Set<string>();
  let open: Open = new Map();
  let side: UserSide = { responses: [], others: [] };
  const endUserSide = (path: string) => {
    requireAnswered(open, path);
    append(contents, "user", side.responses);
    append(contents, "user", side.others);
    side = { responses: [], others: [] };
  };
  for (const [index, given] of messages.entries()) {
    const path = join("messages", index);
    const system = context.systemTexts.get(index);
    if (system !== undefined) side.others.push({ text: `<system>\n${system}\n</system>` });
    if (given.role === "system") continue;
    const { role, content } = read(messageSchema, given, path, context.notes);
    const place = { path, context };
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
    if (role === "user") {
      readUserMessage(blocks, { open, side, ...place });
      continue;
    }
    endUserSide(path);
    if (contents.length === 0) throw invalid("messages", 'first message must use the "user" role');
    open = new Map();
    append(contents, "model", modelParts(blocks, open, place));
    for (const id of open.keys()) addOnce(toolUseIds, id, path);
  }
  endUserSide(join("messages", messages.length - 1));
  requireEnd(contents, context);
  return { contents, toolUseIds };
}

interface Place {
  path: string;
  context: ConversationContext;
}

function modelParts(blocks: unknown[], open: Open, { path, context }: Place): Part[] {
  const parts: Part[] = [];
  let pending: string | undefined;
  for (const [index, block] of blocks.entries()) {
    const place = join(path, "content", index);
    switch (typeOf(block)) {
      case "text":
        parts.push({ text: readText(block, place, context.notes) });
        break;
      case "thinking": {
        const { thinking, signature } = read(thinkingBlock, block, place, context.notes);
        const opened = openSignature(signature);
        if (opened?.model !== context.model) break;
        if (opened.of === "call") pending = opened.value;
        if (opened.of === "thought") parts.push({ text: thinking, thought: true, thoughtSignature: opened.value });
        break;
      }
      case "redacted_thinking":
        read(redactedThinkingBlock, block, place, context.notes);
        break;
      case "tool_use":
        parts.push(toolUsePart(block, { open, pending, place, context }));
        pending = undefined;
        break;
      default:
        throw untranslatable(place, `blocks of type ${JSON.stringify(typeOf(block))} can't be translated to Gemini`);
    }
  }
  return parts;
}

interface ToolUsePlace {
  open: Open;
  pending: string | undefined;
  place: string;
  context: ConversationContext;
}

function toolUsePart(block: unknown, { open, pending, place, context }: ToolUsePlace): Part {
  const { id, name, input, caller, toolset_name, thought_signature } = read(toolUseBlock, block, place, context.notes);
  if (toolset_name !== undefined) throw untranslatable(join(place, "toolset_name"), "toolsets can't be translated to Gemini");
  if (caller !== undefined && caller.type !== "direct")
    throw untranslatable(join(place, "caller"), `tool uses by ${JSON.stringify(caller.type)} can't be translated to Gemini`);
  if (open.has(id)) throw invalid(place, "`tool_use` ids must be unique");
  const remembered = context.signatures.get(id);
  const known = thought_signature ?? pending ?? (remembered?.model === context.model ? remembered.value : undefined);
  // Of parallel calls only the first is signed.
  const signature = known ?? (open.size === 0 && context.profile.generation3 ? skipSignature : undefined);
  open.set(id, context.names.toGemini(name));
  return {
    functionCall: { id: geminiIdOf(id), name: context.names.toGemini(name), args: input },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  };
}

interface UserPlace extends Place {
  open: Open;
  side: UserSide;
}

/** Sorts a user's message into results and all else. Takes what is answered out of `open`. */
function readUserMessage(blocks: unknown[], { open, side, path, context }: UserPlace): void {
  for (const [index, block] of blocks.entries()) {
    const place = join(path, "content", index);
    if (typeOf(block) !== "tool_result") {
      side.others.push(...toParts(block, place, context.notes));
      continue;
    }
    const id = asText((block as { tool_use_id?: unknown }).tool_use_id);
    const geminiName = open.get(id);
    if (geminiName === undefined)
      throw invalid(
        place,
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    open.delete(id);
    const result = toToolResult(block, { geminiName, imagesInside: context.profile.generation3 }, place, context.notes);
    side.responses.push({ functionResponse: result.response });
    side.others.push(...result.beside);
  }
}

/** Turns of one role become one turn, but for function responses, which stay among themselves. */
function append(contents: Content[], role: Content["role"], parts: Part[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  const responses = (some: Part[]) => some.some((part) => part.functionResponse !== undefined);
  if (last?.role === role && responses(last.parts) === responses(parts)) last.parts.push(...parts);
  else contents.push({ role, parts: [...parts] });
}

function requireAnswered(open: Open, path: string): void {
  if (open.size === 0) return;
  throw invalid(
    path,
    `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${[...open.keys()].join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function addOnce(ids: Set<string>, id: string, path: string): void {
  if (ids.has(id)) throw invalid(path, "`tool_use` ids must be unique");
  ids.add(id);
}

function requireEnd(contents: Content[], { profile, model }: ConversationContext): void {
  if (contents.length === 0) throw invalid("messages", "at least one message with content is required");
  if (contents.at(-1)?.role === "model" && !profile.prefill)
    throw fault(
      "request.untranslatable",
      `This model does not support assistant message prefill. The conversation must end with a user message; ${model} goes on with no given answer.`,
    );
}
