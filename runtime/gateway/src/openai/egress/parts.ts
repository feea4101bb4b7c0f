import { untranslatable } from "../wire/fault.ts";
import { join, read, typeOf } from "../wire/fields.ts";
import type { ChatPart } from "../wire/openai.ts";
import { documentBlock, imageBlock, searchResultBlock, textBlock, toolReferenceBlock } from "./blocks.ts";
import type { ChatProfile } from "./profile.ts";

/** A block of Anthropic's as parts of a message. Throws: TranslationFault. */
export function toParts(block: unknown, path: string, profile: ChatProfile): ChatPart[] {
  switch (typeOf(block)) {
    case "text":
      return toText(block, path, profile);
    case "image":
      return [toImage(block, path, profile)];
    case "document":
      return toDocument(block, path, profile);
    case "search_result": {
      const { source, title, content } = read(searchResultBlock, block, path);
      const texts = content.flatMap((part, index) => toText(part, join(path, "content", index), profile));
      return [{ type: "text", text: `${title} (${source})` }, ...texts];
    }
    case "tool_reference":
      return [{ type: "text", text: `The tool ${read(toolReferenceBlock, block, path).tool_name} can be used now.` }];
    default:
      throw untranslatable(path, `blocks of type ${JSON.stringify(typeOf(block))} can't be translated to Chat Completions`);
  }
}

function toText(block: unknown, path: string, { cachePoints }: ChatProfile): ChatPart[] {
  const { text, cache_control } = read(textBlock, block, path);
  if (text === "") return [];
  return [{ type: "text", text, ...(cachePoints && cache_control !== undefined && cache_control !== null ? { cache_control } : {}) }];
}

function toImage(block: unknown, path: string, { images }: ChatProfile): ChatPart {
  const { source } = read(imageBlock, block, path);
  if (!images) throw untranslatable(path, "this provider takes no images");
  return { type: "image_url", image_url: { url: source.type === "url" ? source.url : `data:${source.media_type};base64,${source.data}` } };
}

function toDocument(block: unknown, path: string, profile: ChatProfile): ChatPart[] {
  const { source, title, context, citations } = read(documentBlock, block, path);
  if (citations?.enabled === true) throw untranslatable(join(path, "citations"), "there are no citations to be had in Chat Completions");
  const head = [title, context].filter((each) => each !== undefined).map((text): ChatPart => ({ type: "text", text }));
  if (source.type === "text") return [...head, { type: "text", text: source.data ?? "" }];
  if (source.type === "content") {
    const { content = [] } = source;
    if (typeof content === "string") return [...head, { type: "text", text: content }];
    return [...head, ...content.flatMap((part, index) => toParts(part, join(path, "source.content", index), profile))];
  }
  if (source.type !== "base64" || source.media_type !== "application/pdf")
    throw untranslatable(join(path, "source"), `documents by ${source.type} can't be translated`);
  if (!profile.pdf) throw untranslatable(path, "this provider takes no PDF");
  return [...head, { type: "file", file: { filename: title ?? "document.pdf", file_data: `data:application/pdf;base64,${source.data ?? ""}` } }];
}

/** Parts as a message has them: text alone is a plain string, which every service reads. */
export const toContent = (parts: readonly ChatPart[]): string | ChatPart[] =>
  parts.every((part) => part.type === "text" && part.cache_control === undefined) ? textIn(parts) : [...parts];

export const textIn = (parts: readonly ChatPart[]): string => parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
