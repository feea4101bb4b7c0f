import { toolReferenceBlock, toolResultBlock } from "../anthropic/blocks.ts";
import type { Blob, FunctionResponse, Part } from "../gemini/types.ts";
import { join, read, untranslatable, type Notes } from "./notes.ts";
import { toParts, typeOf } from "./parts.ts";
import { geminiIdOf } from "./tool-ids.ts";

/** What a function response may carry. Source: ai.google.dev/gemini-api/docs/function-calling, "Multimodal function responses" (2026-11). */
const responseTypes = new Set(["image/png", "image/jpeg", "image/webp", "application/pdf"]);

export interface ToolResult {
  response: FunctionResponse;
  /** What the model must see beside the response, since it can't stand inside. */
  beside: Part[];
}

interface Call {
  /** Under the name that Gemini knows. */
  geminiName: string;
  /** Whether images may stand inside a response. */
  imagesInside: boolean;
}

/** A tool's result as a function response. Throws: `request.untranslatable`, `request.invalid`. */
export function toToolResult(block: unknown, call: Call, path: string, notes: Notes): ToolResult {
  const result = read(toolResultBlock, block, path, notes);
  if (result.toolset_name !== undefined) throw untranslatable(join(path, "toolset_name"), "toolsets can't be translated to Gemini");
  const parts = contentParts(result.content ?? [], join(path, "content"), notes);
  const text = parts.flatMap((part) => (part.text === undefined ? [] : [part.text])).join("\n");
  const blobs = parts.flatMap((part) => (part.inlineData === undefined ? [] : [part.inlineData]));
  const inside = blobs.filter((blob) => call.imagesInside && responseTypes.has(blob.mimeType));
  const beside = blobs.filter((blob) => !inside.includes(blob));
  return {
    response: {
      id: geminiIdOf(result.tool_use_id),
      name: call.geminiName,
      response: result.is_error === true ? { error: text } : { output: text },
      ...(inside.length === 0 ? {} : { parts: inside.map((inlineData) => ({ inlineData })) }),
    },
    beside: besideParts(beside, call.geminiName),
  };
}

const besideParts = (blobs: Blob[], name: string): Part[] =>
  blobs.length === 0 ? [] : [{ text: `From the result of ${name}:` }, ...blobs.map((inlineData) => ({ inlineData }))];

function contentParts(content: string | unknown[], path: string, notes: Notes): Part[] {
  if (typeof content === "string") return [{ text: content }];
  return content.flatMap((block, index) => {
    const place = join(path, index);
    if (typeOf(block) !== "tool_reference") return toParts(block, place, notes);
    return [{ text: `The tool ${read(toolReferenceBlock, block, place, notes).tool_name} can be used now.` }];
  });
}
