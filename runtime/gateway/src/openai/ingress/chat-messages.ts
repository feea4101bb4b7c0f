import { z } from "zod";
import type { CacheControl, DocumentBlock, ImageBlock, RequestBlock, TextBlock } from "../wire/anthropic.ts";
import { invalid, untranslatable } from "../wire/fault.ts";
import { join, maybe, read, typeOf } from "../wire/fields.ts";
import { textBlocks, type Conversation } from "./conversation.ts";
import { fileFields, noteDetail, toDocument, toImage } from "./media.ts";
import type { Notes } from "./notes.ts";
import { toThinking } from "./reasoning-details.ts";
import { toToolUse, toToolUseId } from "./tools.ts";

const breakpoint = maybe(z.looseObject({}));
const textPart = z.object({ type: z.literal("text"), text: z.string(), prompt_cache_breakpoint: breakpoint });
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() });
const imagePart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string(), detail: maybe(z.enum(["auto", "low", "high", "original"])) }),
  prompt_cache_breakpoint: breakpoint,
});
const filePart = z.object({ type: z.literal("file"), file: fileFields.omit({ file_url: true }), prompt_cache_breakpoint: breakpoint });

const content = z.union([z.string(), z.array(z.unknown())]);
const instruction = z.object({ role: z.enum(["system", "developer"]), content });
const userMessage = z.object({ role: z.literal("user"), content });
const toolMessage = z.object({ role: z.literal("tool"), tool_call_id: z.string().min(1), content, name: maybe(z.string()) });
const assistantMessage = z.object({
  role: z.literal("assistant"),
  content: maybe(content),
  refusal: maybe(z.string()),
  tool_calls: maybe(z.array(z.unknown())),
  reasoning_details: maybe(z.array(z.unknown())),
  /** What `reasoning_details` holds in full, as text alone. */
  reasoning_content: maybe(z.string()),
  reasoning: maybe(z.string()),
});
const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal("function").optional(),
  function: z.object({ name: z.string(), arguments: z.string() }),
  index: maybe(z.number()),
});

/** Takes over one message of Chat Completions. Throws: TranslationFault. */
export function addChatMessage(conversation: Conversation, message: { role: string }, path: string, notes: Notes): void {
  switch (message.role) {
    case "system":
    case "developer":
      return conversation.instruct(toTexts(read(instruction, message, path).content, join(path, "content"), notes));
    case "user":
      return conversation.add("user", toParts(read(userMessage, message, path).content, join(path, "content"), notes));
    case "assistant":
      return conversation.add("assistant", toAssistant(message, path, notes));
    case "tool": {
      const result = read(toolMessage, message, path);
      const parts = toParts(result.content, join(path, "content"), notes);
      return conversation.add("user", [{ type: "tool_result", tool_use_id: toToolUseId(result.tool_call_id), content: parts }]);
    }
    case "function":
      throw untranslatable(join(path, "role"), 'messages of role "function" are of an older API; use tools');
    default:
      throw invalid(join(path, "role"), 'must be "system", "developer", "user", "assistant" or "tool"');
  }
}

function toAssistant(given: unknown, path: string, notes: Notes): RequestBlock[] {
  const message = read(assistantMessage, given, path);
  const details = message.reasoning_details ?? [];
  if (details.length === 0 && (message.reasoning_content ?? message.reasoning ?? "") !== "") notes.ignored.add("messages.reasoning_content");
  const calls = (message.tool_calls ?? []).map((call, index) => {
    const place = join(path, "tool_calls", index);
    if (typeOf(call) === "custom") throw untranslatable(join(place, "type"), "calls of custom tools can't be translated; offer functions");
    const { id, function: called } = read(toolCall, call, place);
    return toToolUse({ id, name: called.name, args: called.arguments }, join(place, "function"));
  });
  return [
    ...toThinking(details, "messages.reasoning_details", notes),
    ...toTexts(message.content ?? "", join(path, "content"), notes),
    ...textBlocks(message.refusal ?? ""),
    ...calls,
  ];
}

function toTexts(given: string | unknown[], path: string, notes: Notes): TextBlock[] {
  if (typeof given === "string") return textBlocks(given);
  return given.flatMap((part, index): TextBlock[] => {
    const place = join(path, index);
    if (typeOf(part) === "refusal") return textBlocks(read(refusalPart, part, place).refusal);
    if (typeOf(part) !== "text") throw untranslatable(join(place, "type"), `content of type ${JSON.stringify(typeOf(part))} can't stand here`);
    return toText(part, place, notes);
  });
}

function toText(part: unknown, place: string, notes: Notes): TextBlock[] {
  const { text, prompt_cache_breakpoint } = read(textPart, part, place);
  return textBlocks(text).map((block) => ({ ...block, ...toCacheControl(prompt_cache_breakpoint, notes) }));
}

function toParts(given: string | unknown[], path: string, notes: Notes): (TextBlock | ImageBlock | DocumentBlock)[] {
  if (typeof given === "string") return textBlocks(given);
  return given.flatMap((part, index): (TextBlock | ImageBlock | DocumentBlock)[] => {
    const place = join(path, index);
    switch (typeOf(part)) {
      case "text":
        return toText(part, place, notes);
      case "image_url": {
        const { image_url, prompt_cache_breakpoint } = read(imagePart, part, place);
        noteDetail(image_url.detail, "messages.content.image_url.detail", notes);
        return [{ ...toImage(image_url.url, join(place, "image_url.url")), ...toCacheControl(prompt_cache_breakpoint, notes) }];
      }
      case "file": {
        const { file, prompt_cache_breakpoint } = read(filePart, part, place);
        return [{ ...toDocument({ ...file, file_url: undefined }, join(place, "file")), ...toCacheControl(prompt_cache_breakpoint, notes) }];
      }
      default:
        throw untranslatable(join(place, "type"), `content of type ${JSON.stringify(typeOf(part))} can't be translated`);
    }
  });
}

/** Both APIs know such points; how long what stands before them is kept is each one's own. */
function toCacheControl(given: z.output<typeof breakpoint>, notes: Notes): { cache_control?: CacheControl } {
  if (given === undefined) return {};
  if (given["ttl"] !== undefined) notes.ignored.add("prompt_cache_breakpoint.ttl");
  return { cache_control: { type: "ephemeral" } };
}
