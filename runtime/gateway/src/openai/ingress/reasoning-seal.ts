import { z } from "zod";
import type { ThinkingLike } from "./reasoning-details.ts";

const mark = "freehold-thinking:1:";

const blocks = z.array(
  z.union([
    z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
    z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
  ]),
);

/**
 * Thinking as the `encrypted_content` that callers of the Responses API keep and give back. It is not encrypted here: Anthropic's signature inside is what
 * keeps it from being altered. Shape: a mark and base64.
 */
export const sealReasoning = (block: ThinkingLike): string => mark + Buffer.from(JSON.stringify([block])).toString("base64");

/** The thinking inside; empty for what another provider has made. */
export function openReasoning(sealed: string): ThinkingLike[] {
  if (!sealed.startsWith(mark)) return [];
  try {
    const found = blocks.safeParse(JSON.parse(Buffer.from(sealed.slice(mark.length), "base64").toString("utf8")));
    return found.success ? found.data : [];
  } catch {
    return [];
  }
}
