import type { ContentBlock, Delta, StreamEvent } from "../anthropic/events.ts";
import { sealSignature, type Signature } from "./signatures.ts";

/** Numbers the blocks of one answer and keeps at most one of them open. */
export class BlockWriter {
  readonly #model: string;
  #count = 0;
  #open: "text" | "thinking" | undefined;

  constructor(model: string) {
    this.#model = model;
  }

  text(text: string): StreamEvent[] {
    return text === "" ? [] : [...this.#opened("text"), this.#delta({ type: "text_delta", text })];
  }

  thinking(thinking: string): StreamEvent[] {
    const opened = this.#opened("thinking");
    return thinking === "" ? opened : [...opened, this.#delta({ type: "thinking_delta", thinking })];
  }

  /** Puts a signature into the thinking block that is open, or into an empty one. */
  sign(signature: Omit<Signature, "model">): StreamEvent[] {
    return [...this.#opened("thinking"), ...this.#closed(signature)];
  }

  toolUse(id: string, name: string, input: Record<string, unknown>): StreamEvent[] {
    const closed = this.close();
    const started = this.#start({ type: "tool_use", id, name, input: {} });
    return [...closed, started, this.#delta({ type: "input_json_delta", partial_json: JSON.stringify(input) }), this.#stop()];
  }

  close(): StreamEvent[] {
    return this.#open === undefined ? [] : this.#closed({ of: "nothing", value: "" });
  }

  #opened(type: "text" | "thinking"): StreamEvent[] {
    if (this.#open === type) return [];
    const closed = this.close();
    this.#open = type;
    return [...closed, this.#start(type === "text" ? { type, text: "" } : { type, thinking: "", signature: "" })];
  }

  /** A thinking block ends with a signature, be it one that signs nothing. */
  #closed(signature: Omit<Signature, "model">): StreamEvent[] {
    const signed = this.#open === "thinking" ? [this.#delta({ type: "signature_delta", signature: sealSignature({ model: this.#model, ...signature }) })] : [];
    this.#open = undefined;
    return [...signed, this.#stop()];
  }

  #start(block: ContentBlock): StreamEvent {
    return { type: "content_block_start", index: this.#count++, content_block: block };
  }

  #delta(delta: Delta): StreamEvent {
    return { type: "content_block_delta", index: this.#count - 1, delta };
  }

  #stop(): StreamEvent {
    return { type: "content_block_stop", index: this.#count - 1 };
  }
}
