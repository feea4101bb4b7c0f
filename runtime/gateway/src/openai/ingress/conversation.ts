import type { RequestBlock, RequestMessage, TextBlock } from "../wire/anthropic.ts";

/** Puts a conversation together as Anthropic wants it: leading system texts apart, neighbours of one role as one message. */
export class Conversation {
  readonly system: TextBlock[] = [];
  readonly messages: RequestMessage[] = [];

  /** Instructions before the first turn are the system prompt; later ones stay in their place. */
  instruct(texts: readonly TextBlock[]): void {
    if (this.messages.length === 0) this.system.push(...texts);
    else this.add("system", texts);
  }

  /** An empty message says nothing, and Anthropic refuses it. */
  add(role: RequestMessage["role"], blocks: readonly RequestBlock[]): void {
    if (blocks.length === 0) return;
    const last = this.messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.messages.push({ role, content: [...blocks] });
  }
}

/** An empty text says nothing, and Anthropic refuses it. */
export const textBlocks = (text: string): TextBlock[] => (text === "" ? [] : [{ type: "text", text }]);
