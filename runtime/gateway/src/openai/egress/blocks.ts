import { z } from "zod";
import { maybe } from "../wire/fields.ts";

/**
 * The content blocks that can be said in Chat Completions; every other type is refused by its name.
 * Source: platform.claude.com, Messages API; @anthropic-ai/sdk 1.12.0, resources/messages (2026-11).
 */
const cacheControl = { cache_control: z.unknown().optional() };
const content = z.union([z.string(), z.array(z.unknown())]);

export const textBlock = z.object({ type: z.literal("text"), text: z.string(), citations: z.unknown().optional(), ...cacheControl });

export const imageBlock = z.object({
  type: z.literal("image"),
  source: z.union([z.object({ type: z.literal("base64"), media_type: z.string(), data: z.string() }), z.object({ type: z.literal("url"), url: z.string() })]),
  transformations: z.unknown().optional(),
  ...cacheControl,
});

export const documentBlock = z.object({
  type: z.literal("document"),
  source: z.looseObject({ type: z.string(), data: maybe(z.string()), media_type: maybe(z.string()), content: maybe(content) }),
  title: maybe(z.string()),
  context: maybe(z.string()),
  citations: maybe(z.object({ enabled: maybe(z.boolean()) })),
  ...cacheControl,
});

export const searchResultBlock = z.object({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(z.unknown()),
  citations: z.unknown().optional(),
  ...cacheControl,
});

export const thinkingBlock = z.object({ type: z.literal("thinking"), thinking: z.string(), signature: maybe(z.string()) });

export const toolUseBlock = z.object({
  type: z.literal("tool_use"),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  caller: maybe(z.looseObject({ type: z.literal("direct") })),
  ...cacheControl,
});

export const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1),
  content: maybe(content),
  is_error: maybe(z.boolean()),
  ...cacheControl,
});

export const toolReferenceBlock = z.object({ type: z.literal("tool_reference"), tool_name: z.string(), ...cacheControl });

export const toolChangeBlock = z.object({ type: z.enum(["tool_addition", "tool_removal"]), tool: z.looseObject({ type: z.string() }), ...cacheControl });
