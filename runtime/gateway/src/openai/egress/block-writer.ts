import type { AnswerBlock, Delta, StreamEvent } from "../wire/anthropic.ts";
import { sealSignature } from "./thinking-seal.ts";

/** Numbers the blocks of one answer and keeps at most one of them open. */
export class BlockWriter {
  #count = 0;
  #open: "text" | "thinking" | "tool_use" | undefined;
  #signature = "";

  text(text: string): StreamEvent[] {
    if (text === "") return [];
    const opened = this.#open === "text" ? [] : this.#start({ type: "text", text: "" });
    return [...opened, this.#delta({ type: "text_delta", text })];
  }

  thinking(thinking: string, signature: string): StreamEvent[] {
    if (thinking === "" && signature === "") return [];
    const opened = this.#open === "thinking" ? [] : this.#start({ type: "thinking", thinking: "", signature: "" });
    this.#signature += signature;
    return thinking === "" ? opened : [...opened, this.#delta({ type: "thinking_delta", thinking })];
  }

  tool(id: string, name: string): StreamEvent[] {
    return this.#start({ type: "tool_use", id, name, input: {} });
  }

  /** Only while the tool's block is open. */
  json(partial_json: string): StreamEvent[] {
    return partial_json === "" ? [] : [this.#delta({ type: "input_json_delta", partial_json })];
  }

  /** A thinking block ends with a signature, be it one that signs nothing. */
  close(): StreamEvent[] {
    if (this.#open === undefined) return [];
    const signed = this.#open === "thinking" ? [this.#delta({ type: "signature_delta", signature: sealSignature(this.#signature) })] : [];
    this.#open = undefined;
    this.#signature = "";
    return [...signed, { type: "content_block_stop", index: this.#count - 1 }];
  }

  #start(block: AnswerBlock): StreamEvent[] {
    const closed = this.close();
    this.#open = block.type;
    return [...closed, { type: "content_block_start", index: this.#count++, content_block: block }];
  }

  #delta(delta: Delta): StreamEvent {
    return { type: "content_block_delta", index: this.#count - 1, delta };
  }
}
