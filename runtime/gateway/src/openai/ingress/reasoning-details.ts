import { z } from "zod";
import type { RedactedThinkingBlock, ThinkingBlock } from "../wire/anthropic.ts";
import { isFields, textOf } from "../wire/fields.ts";
import type { ReasoningDetail } from "../wire/openai.ts";
import type { Notes } from "./notes.ts";

export type ThinkingLike = ThinkingBlock | RedactedThinkingBlock;

/** A thinking block as a caller of OpenAI's API can keep it; undefined for any other block. */
export function toReasoningDetail(block: unknown, index: number): ReasoningDetail | undefined {
  if (!isFields(block)) return undefined;
  if (block["type"] === "thinking")
    return { type: "reasoning.text", text: textOf(block["thinking"]), signature: textOf(block["signature"]), format: "anthropic-claude-v1", index };
  if (block["type"] === "redacted_thinking") return { type: "reasoning.encrypted", data: textOf(block["data"]), format: "anthropic-claude-v1", index };
  return undefined;
}

const signed = z.object({ type: z.literal("reasoning.text"), text: z.string(), signature: z.string().min(1) });
const encrypted = z.object({ type: z.literal("reasoning.encrypted"), data: z.string().min(1) });

/** The thinking that a caller gives back; what no model of Anthropic's has signed says nothing to one, and is noted. */
export function toThinking(details: readonly unknown[], path: string, notes: Notes): ThinkingLike[] {
  return details.flatMap((detail): ThinkingLike[] => {
    const text = signed.safeParse(detail);
    if (text.success) return [{ type: "thinking", thinking: text.data.text, signature: text.data.signature }];
    const data = encrypted.safeParse(detail);
    if (data.success) return [{ type: "redacted_thinking", data: data.data.data }];
    notes.ignored.add(path);
    return [];
  });
}
