import { asText } from "@freehold/kernel/text";
import { base64Source, contentSource, documentBlock, imageBlock, plainTextSource, searchResultBlock, textBlock, urlSource } from "../anthropic/blocks.ts";
import type { Blob, Part } from "../gemini/types.ts";
import { invalid, join, read, untranslatable, type Notes } from "./notes.ts";

/** Source: ai.google.dev/gemini-api/docs/image-understanding, "Supported image formats" (2026-11): no GIF. */
const imageTypes = new Set(["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"]);

export const typeOf = (block: unknown): string => asText((block as { type?: unknown } | null)?.type);

/** A block that a user or a tool may send: text, image, document, search result. Throws: `request.untranslatable` for any other. */
export function toParts(block: unknown, path: string, notes: Notes): Part[] {
  switch (typeOf(block)) {
    case "text":
      return [{ text: readText(block, path, notes) }];
    case "image":
      return [{ inlineData: readImage(block, path, notes) }];
    case "document":
      return readDocument(block, path, notes);
    case "search_result":
      return [{ text: readSearchResult(block, path, notes) }];
    default:
      throw untranslatable(path, `blocks of type ${JSON.stringify(typeOf(block))} can't be translated to Gemini`);
  }
}

export function readText(block: unknown, path: string, notes: Notes): string {
  const { text, citations } = read(textBlock, block, path, notes);
  if (Array.isArray(citations) && citations.length > 0) notes.ignored.add("citations");
  return text;
}

/** Text as a string or as text blocks; another type of block is refused by `refuse`. */
export function readTexts(content: string | unknown[], path: string, notes: Notes): string[] {
  if (typeof content === "string") return content === "" ? [] : [content];
  return content.map((block, index) => {
    if (typeOf(block) !== "text") throw untranslatable(join(path, index), `only text can stand here, not ${JSON.stringify(typeOf(block))}`);
    return readText(block, join(path, index), notes);
  });
}

function readImage(block: unknown, path: string, notes: Notes): Blob {
  const { source, transformations } = read(imageBlock, block, path, notes);
  if (transformations?.oversized_image === "error")
    throw untranslatable(join(path, "transformations.oversized_image"), "Gemini scales big images down and can't be told to refuse them");
  const blob = readBlob(source, join(path, "source"), notes);
  if (!imageTypes.has(blob.mimeType))
    throw untranslatable(join(path, "source.media_type"), `Gemini can't read ${blob.mimeType}; send one of ${[...imageTypes].join(", ")}`);
  return blob;
}

/** The bytes of a source: base64, or a data URL. Throws: `request.untranslatable` for other URLs and for uploaded files. */
function readBlob(source: { type: string }, path: string, notes: Notes): Blob {
  if (source.type === "base64") {
    const { media_type: mimeType, data } = read(base64Source, source, path, notes);
    return { mimeType, data };
  }
  if (source.type !== "url")
    throw untranslatable(path, `sources of type ${JSON.stringify(source.type)} can't be translated to Gemini; send the bytes as base64`);
  const { url } = read(urlSource, source, path, notes);
  const found = /^data:([^;,]+);base64,(.+)$/s.exec(url);
  if (found === null) throw untranslatable(join(path, "url"), "the bridge fetches no addresses; send the bytes as base64 or as a data: URL");
  return { mimeType: found[1] ?? "", data: found[2] ?? "" };
}

function readDocument(block: unknown, path: string, notes: Notes): Part[] {
  const { source, title, context, citations } = read(documentBlock, block, path, notes);
  refuseCitations(citations, path);
  const heading = [title === undefined ? [] : [`Document: ${title}`], context === undefined ? [] : [`Context: ${context}`]].flat();
  const parts = documentParts(source, join(path, "source"), notes);
  return heading.length === 0 ? parts : [{ text: heading.join("\n") }, ...parts];
}

function documentParts(source: { type: string }, path: string, notes: Notes): Part[] {
  switch (source.type) {
    case "text":
      return [{ text: read(plainTextSource, source, path, notes).data }];
    case "content": {
      const { content } = read(contentSource, source, path, notes);
      if (typeof content === "string") return [{ text: content }];
      return content.flatMap((block, index) => toParts(block, join(path, "content", index), notes));
    }
    default: {
      const blob = readBlob(source, path, notes);
      if (blob.mimeType !== "application/pdf") throw invalid(join(path, "media_type"), "Input should be 'application/pdf'");
      return [{ inlineData: blob }];
    }
  }
}

function readSearchResult(block: unknown, path: string, notes: Notes): string {
  const { source, title, content, citations } = read(searchResultBlock, block, path, notes);
  refuseCitations(citations, path);
  return [`Search result: ${title}`, `Source: ${source}`, ...readTexts(content, join(path, "content"), notes)].join("\n");
}

function refuseCitations(citations: { enabled?: boolean | undefined } | undefined, path: string): void {
  if (citations?.enabled === true) throw untranslatable(join(path, "citations.enabled"), "Gemini can't cite documents of the conversation; leave it out");
}
