import { EventCutter } from "../../event-cutter.ts";
import type { RawAnswer } from "../origin.ts";
import { renderEvents } from "../wire/anthropic.ts";
import { isFields, type Fields } from "../wire/fields.ts";
import { parseFields } from "../wire/splice.ts";
import { SseReader, type SseMessage } from "../wire/sse-reader.ts";
import { AnswerFault, type AnswerContext } from "./answer-parts.ts";
import { errorInside } from "./provider-error.ts";
import { MessageStream } from "./stream.ts";

/** Where the provider's own bytes go besides, for a caller that speaks its dialect. */
export interface RawStream {
  answer: RawAnswer;
  /** The chunk with the usage was asked for by the gateway, not by the caller, who must not see it. */
  hidesUsage: boolean;
}

/** A stream of chat completion chunks as Anthropic's bytes. */
export class StreamTranslation {
  readonly #reader = new SseReader();
  readonly #stream: MessageStream;
  readonly #raw: RawStream | undefined;
  readonly #cutter = new EventCutter();
  #hasEnded = false;

  constructor(context: AnswerContext, raw: RawStream | undefined) {
    this.#stream = new MessageStream(context);
    this.#raw = raw;
  }

  /** Throws: AnswerFault, RangeError for an answer that makes no sense. */
  data(chunk: Buffer): Buffer | undefined {
    if (this.#raw !== undefined) this.#passOn(this.#cutter.push(chunk));
    return this.#render(this.#reader.push(chunk));
  }

  /** A stream without its end stays without `message_stop`. */
  end(): Buffer | undefined {
    this.#passOn(this.#cutter.flush());
    const text = (this.#render(this.#reader.end())?.toString("utf8") ?? "") + this.#ending();
    return text === "" ? undefined : Buffer.from(text);
  }

  #render(messages: readonly SseMessage[]): Buffer | undefined {
    const text = messages.map((message) => this.#read(message)).join("");
    return text === "" ? undefined : Buffer.from(text);
  }

  #read({ data }: SseMessage): string {
    if (this.#hasEnded) return "";
    if (data.trim() === "[DONE]") return this.#ending();
    const chunk = parseFields(data);
    if (chunk === undefined) throw new AnswerFault("holds an event that is no JSON");
    const error = errorInside(chunk);
    if (error === undefined) return renderEvents(this.#stream.chunk(chunk));
    this.#hasEnded = true;
    // Its text can name the owner's account, and `overloaded_error` would end a job of Claude Code.
    const type = error.status === 429 ? "rate_limit_error" : "api_error";
    return `event: error\ndata: ${JSON.stringify({ type: "error", error: { type, message: `The provider broke its answer off with an error (${error.status}). Try again.` } })}\n\n`;
  }

  #ending(): string {
    if (this.#hasEnded || !this.#stream.isComplete) return "";
    this.#hasEnded = true;
    return renderEvents(this.#stream.end());
  }

  #passOn(events: Buffer | undefined): void {
    if (events === undefined || this.#raw === undefined) return;
    const { answer, hidesUsage } = this.#raw;
    if (!events.includes('"usage"') && !events.includes('"error"')) return answer.add(events);
    for (const event of events.toString("utf8").split(/(?<=\r?\n\r?\n)/)) {
      const data = new SseReader().push(Buffer.from(event))[0]?.data;
      const chunk = data === undefined ? undefined : parseFields(data);
      if (chunk === undefined || !isHidden(chunk, hidesUsage)) answer.add(Buffer.from(event));
    }
  }
}

/** Errors are told in the gateway's own words. */
const isHidden = (chunk: Fields, hidesUsage: boolean): boolean =>
  isFields(chunk["error"]) || (hidesUsage && isFields(chunk["usage"]) && Array.isArray(chunk["choices"]) && chunk["choices"].length === 0);
