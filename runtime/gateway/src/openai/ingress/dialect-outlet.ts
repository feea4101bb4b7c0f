import type { ServerResponse } from "node:http";
import type { AnswerHeaders, Outlet } from "../../outlet.ts";
import type { RawAnswer } from "../origin.ts";
import { isFields, type Fields } from "../wire/fields.ts";
import { errorOf } from "./event-reader.ts";
import { renderOpenAiError, toOpenAiStatus, type OpenAiError } from "./openai-error.ts";

export interface StreamTranslation {
  /** Takes Anthropic's bytes, returns the dialect's. */
  push(chunk: Buffer): string;
}

/** How Anthropic's answers are said in a caller's dialect. */
export interface Dialect {
  openStream(): StreamTranslation;
  whole(message: Fields): object;
  /** Fields of the request that had no effect. */
  ignored(): readonly string[];
  /** Where an answer passes that is in this dialect already. */
  raw: RawAnswer | undefined;
}

/** Takes Anthropic's answers, streams and errors, and writes them to the caller in its own dialect. */
export class DialectOutlet implements Outlet {
  readonly #response: ServerResponse;
  readonly #dialect: Dialect;
  #head: { status: number; headers: AnswerHeaders } | undefined;
  #stream: StreamTranslation | undefined;
  #chunks: Buffer[] = [];

  constructor(response: ServerResponse, dialect: Dialect) {
    this.#response = response;
    this.#dialect = dialect;
  }

  get headersSent(): boolean {
    return this.#head !== undefined || this.#response.headersSent;
  }
  get destroyed(): boolean {
    return this.#response.destroyed;
  }
  get writableEnded(): boolean {
    return this.#response.writableEnded;
  }
  get writableFinished(): boolean {
    return this.#response.writableFinished;
  }
  get writableNeedDrain(): boolean {
    return this.#response.writableNeedDrain;
  }

  writeHead(status: number, headers: AnswerHeaders): void {
    this.#head = { status, headers };
    if (status !== 200 || !String(headers["content-type"]).startsWith("text/event-stream")) return;
    this.#stream = this.#dialect.openStream();
    this.#response.writeHead(200, this.#headers(headers));
  }

  flushHeaders(): void {
    if (this.#stream !== undefined) this.#response.flushHeaders();
  }

  write(bytes: Buffer | string): boolean {
    const chunk = toBuffer(bytes);
    if (this.#stream === undefined) return (this.#chunks.push(chunk), true);
    const out = this.#say(this.#stream, chunk);
    return out.length === 0 ? !this.#response.writableNeedDrain : this.#response.write(out);
  }

  end(bytes?: Buffer | string): void {
    if (bytes !== undefined) this.write(bytes);
    if (this.#stream !== undefined) return void this.#response.end();
    const { status, headers } = this.#head ?? { status: 500, headers: {} };
    const { body, status: told } = this.#whole(status, Buffer.concat(this.#chunks), headers["content-encoding"]);
    this.#response.writeHead(toOpenAiStatus(told), { ...this.#headers(headers), "content-type": "application/json", "content-length": String(body.length) });
    this.#response.end(body);
  }

  on(event: "close" | "drain", heard: () => void): void {
    this.#response.on(event, heard);
  }

  /** An error and a ping are always of the gateway's own making; all else passes as the provider said it, where it speaks the caller's dialect. */
  #say(stream: StreamTranslation, chunk: Buffer): Buffer {
    const translated = stream.push(chunk);
    const { raw } = this.#dialect;
    if (raw?.isOn !== true) return Buffer.from(translated);
    // What is queued when the gateway tells of an error is of an answer that the caller will not get.
    const error = /^data: \{"error":.*\n\n/m.exec(translated)?.[0];
    if (error !== undefined) return (raw.stop(), Buffer.from(error));
    return Buffer.concat([raw.take(), Buffer.from(translated.includes("\n: ping\n") || translated.startsWith(": ping\n") ? ": ping\n\n" : "")]);
  }

  #whole(status: number, body: Buffer, encoding: unknown): { status: number; body: Buffer } {
    const answer = encoding === undefined || encoding === "identity" ? parse(body) : undefined;
    if (status >= 400) return { status, body: render(renderOpenAiError(errorOf(answer?.["error"]))) };
    if (this.#dialect.raw?.isOn === true) return { status, body: this.#dialect.raw.take() };
    if (answer !== undefined) return { status, body: render(this.#dialect.whole(answer)) };
    return {
      status: 502,
      body: render(renderOpenAiError({ type: "api_error", message: "The provider's answer can't be read. Try again.", code: "provider.garbage" })),
    };
  }

  #headers({ "request-id": requestId, "content-encoding": _encoding, "content-length": _length, ...headers }: AnswerHeaders): AnswerHeaders {
    const ignored = this.#dialect.ignored();
    return {
      ...headers,
      ...(requestId === undefined ? {} : { "x-request-id": requestId }),
      ...(ignored.length === 0 ? {} : { "x-freehold-ignored": ignored.join(", ") }),
    };
  }
}

const toBuffer = (bytes: Buffer | string): Buffer => (typeof bytes === "string" ? Buffer.from(bytes) : bytes);

const render = (body: OpenAiError | object): Buffer => Buffer.from(JSON.stringify(body));

function parse(body: Buffer): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return isFields(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
