import { z } from "zod";
import type { DocumentBlock, ImageBlock, TextBlock } from "../wire/anthropic.ts";
import { untranslatable } from "../wire/fault.ts";
import { isFields, join, maybe, read, typeOf } from "../wire/fields.ts";
import { textBlocks, type Conversation } from "./conversation.ts";
import { fileFields, noteDetail, toDocument, toImage } from "./media.ts";
import type { Notes } from "./notes.ts";
import { openReasoning } from "./reasoning-seal.ts";
import { toToolUse, toToolUseId } from "./tools.ts";

const content = z.union([z.string(), z.array(z.unknown())]);
const ids = { id: maybe(z.string()), status: maybe(z.string()) };
const message = z.object({
  ...ids,
  type: maybe(z.literal("message")),
  role: z.enum(["user", "assistant", "system", "developer"]),
  content,
  phase: maybe(z.string()),
});
const call = z.object({
  ...ids,
  type: z.literal("function_call"),
  call_id: z.string().min(1),
  name: z.string(),
  arguments: z.string(),
  parsed_arguments: z.unknown().optional(),
});
const output = z.object({ ...ids, type: z.literal("function_call_output"), call_id: z.string().min(1), output: content, name: maybe(z.string()) });
const reasoning = z.object({
  ...ids,
  type: z.literal("reasoning"),
  summary: z.unknown().optional(),
  content: z.unknown().optional(),
  encrypted_content: maybe(z.string()),
});

const textPart = z.object({
  type: z.enum(["input_text", "output_text", "text"]),
  text: z.string(),
  annotations: z.unknown().optional(),
  logprobs: z.unknown().optional(),
  parsed: z.unknown().optional(),
});
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() });
const imagePart = z.object({
  type: z.literal("input_image"),
  image_url: maybe(z.string()),
  file_id: maybe(z.string()),
  detail: maybe(z.enum(["auto", "low", "high", "original"])),
});
const filePart = z.object({ type: z.literal("input_file"), ...fileFields.shape, detail: maybe(z.string()) });

/** Takes over one item of a response's input. Throws: TranslationFault. */
export function addInputItem(conversation: Conversation, item: unknown, path: string, notes: Notes): void {
  const type = isFields(item) && item["type"] === undefined ? "message" : typeOf(item);
  switch (type) {
    case "message":
      return addMessage(conversation, item, path, notes);
    case "function_call": {
      const { call_id, name, arguments: args } = read(call, item, path);
      return conversation.add("assistant", [toToolUse({ id: call_id, name, args }, path)]);
    }
    case "function_call_output": {
      const { call_id, output: given } = read(output, item, path);
      return conversation.add("user", [{ type: "tool_result", tool_use_id: toToolUseId(call_id), content: toParts(given, join(path, "output"), notes) }]);
    }
    case "reasoning": {
      const { encrypted_content } = read(reasoning, item, path);
      const blocks = encrypted_content === undefined ? [] : openReasoning(encrypted_content);
      if (blocks.length === 0) notes.ignored.add("input.reasoning");
      return conversation.add("assistant", blocks);
    }
    case "item_reference":
      throw untranslatable(path, "nothing is stored here, so that an item can't be referred to; send the item itself");
    default:
      throw untranslatable(join(path, "type"), `items of type ${JSON.stringify(type)} can't be translated`);
  }
}

function addMessage(conversation: Conversation, item: unknown, path: string, notes: Notes): void {
  const { role, content: given } = read(message, item, path);
  const parts = toParts(given, join(path, "content"), notes);
  if (role === "user") return conversation.add("user", parts);
  const texts = parts.filter((part): part is TextBlock => part.type === "text");
  if (texts.length < parts.length) throw untranslatable(join(path, "content"), `a message of role "${role}" holds text alone`);
  if (role === "assistant") conversation.add("assistant", texts);
  else conversation.instruct(texts);
}

function toParts(given: string | unknown[], path: string, notes: Notes): (TextBlock | ImageBlock | DocumentBlock)[] {
  if (typeof given === "string") return textBlocks(given);
  return given.flatMap((part, index): (TextBlock | ImageBlock | DocumentBlock)[] => {
    const place = join(path, index);
    switch (typeOf(part)) {
      case "input_text":
      case "output_text":
      case "text":
        return textBlocks(read(textPart, part, place).text);
      case "refusal":
        return textBlocks(read(refusalPart, part, place).refusal);
      case "input_image":
        return [toInputImage(part, place, notes)];
      case "input_file":
        return [toDocument(read(filePart, part, place), place)];
      default:
        throw untranslatable(join(place, "type"), `content of type ${JSON.stringify(typeOf(part))} can't be translated`);
    }
  });
}

function toInputImage(part: unknown, place: string, notes: Notes): ImageBlock {
  const { image_url, file_id, detail } = read(imagePart, part, place);
  if (file_id !== undefined) throw untranslatable(join(place, "file_id"), "no files are stored here; send image_url");
  noteDetail(detail, "input.content.detail", notes);
  return toImage(image_url ?? "", join(place, "image_url"));
}
