import { isFields, textOf, type Fields } from "../wire/fields.ts";
import type { ChatUsage, FinishReason, ReasoningDetail } from "../wire/openai.ts";
import { AnswerUsage, bareId, explanationOf, toFinishReason } from "./answer-usage.ts";
import { EventReader, type EventListener } from "./event-reader.ts";
import { renderOpenAiError } from "./openai-error.ts";

interface ChatStreamOptions {
  /** Whether the caller asked for a last chunk with the usage; the others then carry an empty one. */
  includeUsage: boolean;
  /** Units: seconds since 1970. */
  created: number;
}

interface ChunkDelta {
  role?: "assistant";
  content?: string;
  refusal?: string;
  reasoning_content?: string;
  reasoning_details?: ReasoningDetail[];
  tool_calls?: { index: number; id?: string; type?: "function"; function: { name?: string; arguments: string } }[];
}

/** A stream of Anthropic's as chat completion chunks. Source: openai 7.57.0, ChatCompletionChunk. */
export class ChatStream implements EventListener {
  readonly #reader = new EventReader(this);
  readonly #options: ChatStreamOptions;
  readonly #usage = new AnswerUsage();
  #out = "";
  #id = "";
  #model = "";
  #finishReason: FinishReason = "stop";
  #block: Fields = {};
  #signature = "";
  #details = 0;
  #calls = 0;
  #hasArguments = false;
  #hasEnded = false;

  constructor(options: ChatStreamOptions) {
    this.#options = options;
  }

  /** Takes Anthropic's bytes, returns what they are in the other dialect. */
  push(chunk: Buffer): string {
    this.#reader.push(chunk);
    const out = this.#out;
    this.#out = "";
    return out;
  }

  start(message: Fields): void {
    this.#id = `chatcmpl-${bareId(message["id"])}`;
    this.#model = textOf(message["model"]);
    this.#usage.take(message["usage"]);
    this.#chunk({ role: "assistant", content: "" });
  }

  blockStart(block: Fields): void {
    this.#block = block;
    this.#signature = textOf(block["signature"]);
    this.#hasArguments = false;
    if (block["type"] === "text") this.#text(textOf(block["text"]));
    if (block["type"] === "thinking") this.#thinking(textOf(block["thinking"]));
    if (block["type"] !== "tool_use") return;
    this.#calls += 1;
    this.#chunk({
      tool_calls: [{ index: this.#calls - 1, id: textOf(block["id"]), type: "function", function: { name: textOf(block["name"]), arguments: "" } }],
    });
  }

  delta(delta: Fields): void {
    switch (delta["type"]) {
      case "text_delta":
        return this.#text(textOf(delta["text"]));
      case "thinking_delta":
        return this.#thinking(textOf(delta["thinking"]));
      case "signature_delta":
        this.#signature += textOf(delta["signature"]);
        return;
      case "input_json_delta":
        this.#arguments(textOf(delta["partial_json"]));
    }
  }

  blockStop(): void {
    const { type, input, data } = this.#block;
    const index = this.#details;
    if (type === "thinking" && this.#signature !== "")
      this.#detail({ type: "reasoning.text", text: "", signature: this.#signature, format: "anthropic-claude-v1", index });
    if (type === "redacted_thinking") this.#detail({ type: "reasoning.encrypted", data: textOf(data), format: "anthropic-claude-v1", index });
    // A call without arguments has an empty object of them, and some providers state all of them at the block's start.
    if (type === "tool_use" && !this.#hasArguments) this.#arguments(JSON.stringify(isFields(input) ? input : {}));
    if (type === "thinking" || type === "redacted_thinking") this.#details += 1;
    this.#block = {};
  }

  messageDelta(delta: Fields, usage: unknown): void {
    this.#usage.take(usage);
    this.#finishReason = toFinishReason(delta["stop_reason"]);
    const refusal = explanationOf(delta["stop_details"]);
    if (refusal !== undefined) this.#chunk({ refusal });
  }

  stop(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#chunk({}, this.#finishReason);
    if (this.#options.includeUsage) this.#write({ ...this.#head(), choices: [], usage: this.#usage.chat() });
    this.#out += "data: [DONE]\n\n";
  }

  /** No `[DONE]` follows, so that nobody takes what came for all of it. */
  error(error: { type: string; message: string; code: string | undefined }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#write(renderOpenAiError(error));
  }

  ping(): void {
    this.#out += ": ping\n\n";
  }

  #text(content: string): void {
    if (content !== "") this.#chunk({ content });
  }

  #thinking(text: string): void {
    if (text === "") return;
    const detail: ReasoningDetail = { type: "reasoning.text", text, signature: "", format: "anthropic-claude-v1", index: this.#details };
    this.#chunk({ reasoning_content: text, reasoning_details: [detail] });
  }

  #detail(detail: ReasoningDetail): void {
    this.#chunk({ reasoning_details: [detail] });
  }

  #arguments(json: string): void {
    if (json === "" || this.#block["type"] !== "tool_use") return;
    this.#hasArguments = true;
    this.#chunk({ tool_calls: [{ index: this.#calls - 1, function: { arguments: json } }] });
  }

  #chunk(delta: ChunkDelta, finish_reason: FinishReason | null = null): void {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
    this.#write({ ...this.#head(), choices, ...(this.#options.includeUsage ? { usage: null as ChatUsage | null } : {}) });
  }

  #head() {
    return { id: this.#id, object: "chat.completion.chunk", created: this.#options.created, model: this.#model };
  }

  #write(data: object): void {
    this.#out += `data: ${JSON.stringify(data)}\n\n`;
  }
}
