import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { relayedError, renderRefusal } from "./anthropic-error.ts";
import type { BodyFields } from "./body-fields.ts";
import type { Outcome } from "./ending.ts";
import { refusal, type Refusal } from "./errors.ts";
import { headersForCaller } from "./headers.ts";
import type { Outlet } from "./outlet.ts";
import type { Provider } from "./provider.ts";
import { StreamSink, type Sink } from "./stream-sink.ts";
import { garbage, refusalOfFault } from "./upstream-fault.ts";
import { noUsage, readMessage, type Usage } from "./usage.ts";
import { WholeSink } from "./whole-sink.ts";

/** How an exchange ended, for the books. Units: milliseconds of the monotonic clock. */
export interface ExchangeEnding {
  outcome: Outcome;
  status: number;
  usage: Usage;
  /** As the provider names it, else as the caller asked. */
  model: string | undefined;
  streamed: boolean;
  upstreamRequestId: string | undefined;
  firstByteAt: number | undefined;
}

export interface ExchangeParts {
  provider: Provider;
  response: Outlet;
  requestId: string;
  /** Whether the answer must be a message; others pass as they are. */
  isMessage: boolean;
  fields: BodyFields;
  now: () => number;
  onEnd: (ending: ExchangeEnding) => void;
  onFault: (refused: Refusal, fault: unknown) => void;
}

/** What the books say of a caller who left before there was a status. */
const clientClosedRequest = 499;

/** One request at one provider: takes undici's events and answers the caller. Everything that ends it goes through `#settle`, once. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #parts: ExchangeParts;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: Sink | undefined;
  #status = 0;
  #upstreamHeaders: IncomingHttpHeaders = {};
  #firstByteAt: number | undefined;
  #lastByteAt = 0;
  #isSettled = false;
  #usage: Usage = noUsage;
  #model: string | undefined;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    parts.response.on("close", () => this.#left());
    parts.response.on("drain", () => this.#controller?.resume());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(new Error("The caller has left."));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#upstreamHeaders = headers;
    this.#sink = this.#isStream() ? this.#openStream() : this.#openWhole();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#lastByteAt = this.#parts.now();
    this.#firstByteAt ??= this.#lastByteAt;
    this.#sink?.data(chunk);
  }

  onResponseEnd(): void {
    if (!this.#parts.response.writableEnded) this.#sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, fault: unknown): void {
    if (this.#isSettled) return void (this.#parts.response.headersSent && this.#parts.response.end());
    const why = refusalOfFault(this.#parts.provider, fault, this.#firstByteAt !== undefined);
    this.#parts.onFault(why, fault);
    this.fail(why);
  }

  /** Ends the exchange with an error of the gateway's own, in whatever state it is. */
  fail(why: Refusal): void {
    if (this.#sink === undefined) this.#refuse(why);
    else this.#sink.fail(why);
    this.#controller?.abort(new Error(why.code));
  }

  /** Called once a second: a stream that has been silent gets a `ping`. Units: milliseconds. */
  keepAlive(afterMs: number): void {
    if (!(this.#sink instanceof StreamSink) || this.#parts.now() - this.#lastByteAt < afterMs) return;
    this.#lastByteAt = this.#parts.now();
    this.#sink.ping();
  }

  #isStream(): boolean {
    return this.#status === 200 && String(this.#upstreamHeaders["content-type"]).startsWith("text/event-stream") && this.#isPlain();
  }

  /** Whether the bytes are not compressed, as we asked. */
  #isPlain(): boolean {
    return ["", "identity"].includes(this.#upstreamHeaders["content-encoding"] ?? "");
  }

  #openStream(): Sink {
    const { response, provider } = this.#parts;
    response.writeHead(200, headersForCaller(this.#upstreamHeaders, provider.name));
    this.#lastByteAt = this.#parts.now();
    const sink = new StreamSink(response, {
      pause: () => this.#controller?.pause(),
      settle: (outcome) => {
        this.#usage = sink.watch.usage;
        this.#model = sink.watch.model;
        this.#settle(outcome, 200);
      },
    });
    return sink;
  }

  #openWhole(): Sink {
    return new WholeSink({
      complete: (body) => (this.#status >= 400 ? this.#relayError(body) : this.#relayWhole(body)),
      fail: (why) => this.#refuse(why),
      tooLong: () => this.fail(garbage(this.#parts.provider)),
    });
  }

  #relayWhole(body: Buffer): void {
    const { isMessage, provider } = this.#parts;
    const message = isMessage && this.#isPlain() ? readMessage(body) : undefined;
    const isAnswer = this.#status < 300 && (isMessage ? message !== undefined || !this.#isPlain() : true);
    if (!isAnswer) return this.fail(garbage(provider));
    this.#usage = message?.usage ?? noUsage;
    this.#model = message?.model;
    this.#settle("completed", this.#status);
    this.#send(this.#status, headersForCaller(this.#upstreamHeaders, provider.name), body);
  }

  #relayError(body: Buffer): void {
    const { provider, fields, requestId } = this.#parts;
    const told = this.#isPlain() ? body : Buffer.alloc(0);
    const upstreamId = this.#upstreamRequestId() ?? requestId;
    const relayed = relayedError(provider, { status: this.#status, body: told, model: fields.model, requestId: upstreamId });
    const { "content-encoding": _encoding, ...headers } = headersForCaller(this.#upstreamHeaders, provider.name);
    this.#settle("failed", this.#status);
    this.#send(this.#status, { ...headers, "content-type": "application/json", ...(relayed.shouldRetry ? {} : { "x-should-retry": "false" }) }, relayed.body);
  }

  #refuse(why: Refusal): void {
    const answer = renderRefusal(why, this.#parts.requestId);
    this.#settle("failed", answer.status);
    this.#send(answer.status, { ...answer.headers, "x-freehold-provider": this.#parts.provider.name }, answer.body);
  }

  #send(status: number, headers: Record<string, string | string[]>, body: string | Buffer): void {
    const { response } = this.#parts;
    if (response.headersSent || response.destroyed) return;
    if (headers["request-id"] === undefined) headers["request-id"] = this.#parts.requestId;
    response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    response.end(body);
  }

  /** The caller's socket closed. When that came before the answer's end, the provider is freed at once. */
  #left(): void {
    if (this.#parts.response.writableFinished) return;
    if (this.#sink instanceof StreamSink) this.#usage = this.#sink.watch.usage;
    this.#settle("aborted", this.#status === 0 ? clientClosedRequest : this.#status);
    this.#controller?.abort(new Error("The caller has left."));
  }

  #settle(outcome: Outcome, status: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { onEnd, fields } = this.#parts;
    onEnd({
      outcome,
      status,
      usage: this.#usage,
      model: this.#model ?? fields.model,
      streamed: this.#sink instanceof StreamSink,
      upstreamRequestId: this.#upstreamRequestId(),
      firstByteAt: this.#firstByteAt,
    });
  }

  #upstreamRequestId(): string | undefined {
    const id = this.#upstreamHeaders["request-id"];
    return typeof id === "string" && /^[\w.-]{1,200}$/.test(id) ? id : undefined;
  }
}

/** Ends all exchanges of a gateway that stops; their callers come back to the next one at once. */
export const stopping = (): Refusal => refusal("gateway.stopping", "The gateway is being restarted. Try again.");
