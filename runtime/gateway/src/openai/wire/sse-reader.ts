import { StringDecoder } from "node:string_decoder";

export interface SseMessage {
  event: string;
  data: string;
}

/** An event longer than this is no model's. Units: characters. */
const longestEvent = 16_777_216;

/** Reads server-sent events out of chunks that end anywhere, even within a character. Source: WHATWG HTML, "Server-sent events". */
export class SseReader {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #event = "";
  #data: string[] = [];
  #size = 0;

  /** Throws: RangeError for an event without an end. */
  push(chunk: Buffer): SseMessage[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const messages: SseMessage[] = [];
    for (const line of lines) this.#line(line, messages);
    if (this.#rest.length + this.#size > longestEvent) throw new RangeError("An event of the stream has no end.");
    return messages;
  }

  /** What an unfinished last event holds; some servers leave the blank line out. */
  end(): SseMessage[] {
    const messages: SseMessage[] = [];
    this.#line((this.#rest + this.#decoder.end()).replace(/\r$/, ""), messages);
    this.#line("", messages);
    this.#rest = "";
    return messages;
  }

  #line(line: string, messages: SseMessage[]): void {
    if (line === "") return this.#dispatch(messages);
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = (colon < 0 ? line : line.slice(0, colon)).replace(/^\uFEFF/, "");
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.#event = value;
    if (name !== "data") return;
    this.#data.push(value);
    this.#size += value.length;
  }

  #dispatch(messages: SseMessage[]): void {
    if (this.#data.length > 0) messages.push({ event: this.#event, data: this.#data.join("\n") });
    this.#event = "";
    this.#data = [];
    this.#size = 0;
  }
}
