import { z } from "zod";
import { maybe } from "./optional.ts";

/**
 * The content blocks that the bridge reads; every other type is refused by its name.
 * Source: platform.claude.com, Messages API; @anthropic-ai/sdk 1.12.0, resources/beta/messages (2026-11).
 */
const cacheControl = { cache_control: z.unknown().optional() };
const citations = maybe(z.object({ enabled: maybe(z.boolean()) }));

export const textBlock = z.object({
  type: z.literal("text"),
  text: z.string().min(1, "text content blocks must be non-empty"),
  citations: z.unknown().optional(),
  ...cacheControl,
});

export const imageBlock = z.object({
  type: z.literal("image"),
  source: z.looseObject({ type: z.string() }),
  transformations: maybe(z.object({ oversized_image: maybe(z.enum(["downsize", "error"])) })),
  ...cacheControl,
});

export const documentBlock = z.object({
  type: z.literal("document"),
  source: z.looseObject({ type: z.string() }),
  title: maybe(z.string()),
  context: maybe(z.string()),
  citations,
  ...cacheControl,
});

export const searchResultBlock = z.object({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(z.unknown()),
  citations,
  ...cacheControl,
});

export const thinkingBlock = z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });

export const redactedThinkingBlock = z.object({ type: z.literal("redacted_thinking"), data: z.string() });

export const toolUseBlock = z.object({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'"),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
  input: z.record(z.string(), z.unknown()),
  caller: maybe(z.looseObject({ type: z.string() })),
  toolset_name: maybe(z.string()),
  /** Not Anthropic's: a caller that keeps Gemini's signature beside the call gives it back so. */
  thought_signature: maybe(z.string()),
  ...cacheControl,
});

export const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: maybe(z.union([z.string(), z.array(z.unknown())])),
  is_error: maybe(z.boolean()),
  toolset_name: maybe(z.string()),
  ...cacheControl,
});

export const toolReferenceBlock = z.object({ type: z.literal("tool_reference"), tool_name: z.string(), ...cacheControl });

export const toolChangeBlock = z.object({
  type: z.enum(["tool_addition", "tool_removal"]),
  tool: z.looseObject({ type: z.string() }),
  ...cacheControl,
});

export const base64Source = z.object({ type: z.literal("base64"), media_type: z.string(), data: z.string().min(1) });
export const plainTextSource = z.object({ type: z.literal("text"), media_type: maybe(z.literal("text/plain")), data: z.string() });
export const contentSource = z.object({ type: z.literal("content"), content: z.union([z.string(), z.array(z.unknown())]) });
export const urlSource = z.object({ type: z.literal("url"), url: z.string() });
