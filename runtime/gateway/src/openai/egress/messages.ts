import { z } from "zod";
import { invalid, untranslatable } from "../wire/fault.ts";
import { isFields, join, maybe, read, typeOf } from "../wire/fields.ts";
import type { ChatMessage, ChatPart, ToolCall } from "../wire/openai.ts";
import { thinkingBlock, toolChangeBlock, toolResultBlock, toolUseBlock } from "./blocks.ts";
import { textIn, toContent, toParts } from "./parts.ts";
import type { ChatProfile } from "./profile.ts";
import { openSignature } from "./thinking-seal.ts";

const content = z.union([z.string(), z.array(z.unknown())]);
const turn = z.object({ role: z.enum(["user", "assistant"]), content });
const systemTurn = z.object({ role: z.literal("system"), content: maybe(content), clear_at: maybe(z.string()), output_config: z.unknown().optional() });

const toBlocks = (given: string | unknown[]): unknown[] => (typeof given === "string" ? [{ type: "text", text: given }] : given);

/** Claude Code's first block is addressed to Anthropic's accounting; it says nothing to a model. */
const isForModel = (block: unknown): boolean =>
  !(isFields(block) && typeof block["text"] === "string" && block["text"].startsWith("x-anthropic-billing-header:"));

/** The system prompt as a message. Throws: TranslationFault. */
export function toSystem(system: string | unknown[] | undefined, profile: ChatProfile): ChatMessage[] {
  const parts = toBlocks(system ?? []).flatMap((block, index) => (isForModel(block) ? toParts(block, join("system", index), profile) : []));
  return parts.length === 0 ? [] : [{ role: "system", content: toContent(parts) }];
}

/** The conversation. Throws: TranslationFault. */
export function toChatMessages(messages: readonly { role: string }[], profile: ChatProfile): ChatMessage[] {
  if (messages.at(-1)?.role === "assistant")
    throw untranslatable(join("messages", messages.length - 1), "an answer can't be begun for the model; end with a message of the user");
  const names = new Map<string, string>();
  return messages.flatMap((message, index): ChatMessage[] => {
    const path = join("messages", index);
    if (message.role === "system") return toSystemInside(message, path, profile);
    const { role, content: given } = read(turn, message, path);
    const blocks = toBlocks(given);
    return role === "user" ? toUser(blocks, { path, profile, names }) : toAssistant(blocks, { path, profile, names });
  });
}

interface Place {
  path: string;
  profile: ChatProfile;
  /** Of the tools that were called, by the id of the call. */
  names: Map<string, string>;
}

/** Results come first: Chat Completions wants them right behind the calls. */
function toUser(blocks: readonly unknown[], { path, profile, names }: Place): ChatMessage[] {
  const results: ChatMessage[] = [];
  const parts: ChatPart[] = [];
  for (const [index, block] of blocks.entries()) {
    const place = join(path, "content", index);
    if (typeOf(block) !== "tool_result") {
      parts.push(...toParts(block, place, profile));
      continue;
    }
    const { tool_use_id, content: given = [], is_error } = read(toolResultBlock, block, place);
    const told = toBlocks(given).flatMap((each, at) => toParts(each, join(place, "content", at), profile));
    const text = textIn(told);
    results.push({ role: "tool", tool_call_id: tool_use_id, content: is_error === true ? `The tool failed: ${text}` : text });
    const beside = told.filter((part) => part.type !== "text");
    if (beside.length > 0) parts.push({ type: "text", text: `From the result of ${names.get(tool_use_id) ?? "the tool"}:` }, ...beside);
  }
  return parts.length === 0 ? results : [...results, { role: "user", content: toContent(parts) }];
}

function toAssistant(blocks: readonly unknown[], { path, profile, names }: Place): ChatMessage[] {
  const parts: ChatPart[] = [];
  const calls: ToolCall[] = [];
  const thinking: { text: string; signature: string | undefined }[] = [];
  for (const [index, block] of blocks.entries()) {
    const place = join(path, "content", index);
    if (typeOf(block) === "tool_use") {
      const { id, name, input } = read(toolUseBlock, block, place);
      names.set(id, name);
      calls.push({ id, type: "function", function: { name, arguments: JSON.stringify(input) } });
    } else if (typeOf(block) === "thinking") {
      const { thinking: text, signature = "" } = read(thinkingBlock, block, place);
      thinking.push({ text, signature: openSignature(signature) });
    } else if (typeOf(block) !== "redacted_thinking") parts.push(...toParts(block, place, profile));
  }
  if (parts.length === 0 && calls.length === 0) return [];
  const text = textIn(parts);
  return [{ role: "assistant", content: text === "" ? null : text, ...(calls.length === 0 ? {} : { tool_calls: calls }), ...thinkingBack(thinking, profile) }];
}

/** Thinking that an Anthropic model has signed is another model's, and stays away from `reasoning_details`. */
function thinkingBack(thinking: readonly { text: string; signature: string | undefined }[], { thinkingBack: how }: ChatProfile) {
  const known = thinking.filter(({ text, signature }) => text !== "" && (how === "reasoning_content" || signature !== undefined));
  if (how === "none" || known.length === 0) return {};
  if (how === "reasoning_content") return { reasoning_content: known.map(({ text }) => text).join("\n\n") };
  return {
    reasoning_details: known.map(({ text, signature = "" }) => ({ type: "reasoning.text" as const, text, ...(signature === "" ? {} : { signature }) })),
  };
}

function toSystemInside(given: unknown, path: string, profile: ChatProfile): ChatMessage[] {
  const { content: told = [] } = read(systemTurn, given, path);
  const text = textIn(
    toBlocks(told).flatMap((block, index) => {
      const place = join(path, "content", index);
      return typeOf(block) === "tool_addition" || typeOf(block) === "tool_removal" ? [toToolChange(block, place)] : toParts(block, place, profile);
    }),
  );
  if (text === "") return [];
  return profile.systemInside ? [{ role: "system", content: text }] : [{ role: "user", content: `<system-reminder>\n${text}\n</system-reminder>` }];
}

/** All tools are offered from the start; that one comes or goes is said in words. */
function toToolChange(block: unknown, path: string): ChatPart {
  const { type, tool } = read(toolChangeBlock, block, path);
  if (tool.type !== "tool_reference") throw untranslatable(join(path, "tool.type"), `${JSON.stringify(tool.type)} can't be translated to Chat Completions`);
  if (typeof tool["name"] !== "string") throw invalid(join(path, "tool.name"), "Input should be a valid string");
  return { type: "text", text: `The tool ${tool["name"]} ${type === "tool_addition" ? "can be used now" : "can't be used any more"}.` };
}
