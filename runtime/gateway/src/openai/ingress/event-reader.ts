import { isFields, textOf, type Fields } from "../wire/fields.ts";
import { SseReader } from "../wire/sse-reader.ts";

/** What a stream of Anthropic's tells, for one that is written in other words. Blocks come one after the other. */
export interface EventListener {
  start(message: Fields): void;
  blockStart(block: Fields): void;
  delta(delta: Fields): void;
  blockStop(): void;
  messageDelta(delta: Fields, usage: unknown): void;
  stop(): void;
  error(error: { type: string; message: string; code: string | undefined }): void;
  ping(): void;
}

/** Reads Anthropic's stream; events that are new to us say nothing that another dialect has words for. */
export class EventReader {
  readonly #reader = new SseReader();
  readonly #listener: EventListener;

  constructor(listener: EventListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    for (const { data } of this.#reader.push(chunk)) this.#read(data);
  }

  #read(data: string): void {
    const event = parse(data);
    switch (event["type"]) {
      case "message_start":
        return this.#listener.start(fieldsOf(event["message"]));
      case "content_block_start":
        return this.#listener.blockStart(fieldsOf(event["content_block"]));
      case "content_block_delta":
        return this.#listener.delta(fieldsOf(event["delta"]));
      case "content_block_stop":
        return this.#listener.blockStop();
      case "message_delta":
        return this.#listener.messageDelta(fieldsOf(event["delta"]), event["usage"]);
      case "message_stop":
        return this.#listener.stop();
      case "error":
        return this.#listener.error(errorOf(event["error"]));
      case "ping":
        this.#listener.ping();
    }
  }
}

function parse(data: string): Fields {
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    return {};
  }
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** Anthropic's error, as an event or a body holds it. */
export function errorOf(given: unknown): { type: string; message: string; code: string | undefined } {
  const error = fieldsOf(given);
  const code = fieldsOf(error["details"])["error_code"];
  return {
    type: textOf(error["type"]) || "api_error",
    message: textOf(error["message"]) || "The provider failed.",
    code: typeof code === "string" ? code : undefined,
  };
}
