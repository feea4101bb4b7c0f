import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { readError, upstreamErrorOf } from "./anthropic-error.ts";
import type { Call } from "./call.ts";
import type { Refusal } from "./errors.ts";
import type { Outlet } from "./outlet.ts";
import type { Pass } from "./pipeline.ts";
import type { Target } from "./provider.ts";
import { StreamSink, type Sink, type StreamHooks } from "./stream-sink.ts";
import type { StreamError } from "./stream-watch.ts";
import type { AnswerTranslation, LocalAnswer } from "./translation.ts";
import { cutShort, garbage, refusalOfFault, silent } from "./upstream-fault.ts";
import { noUsage, readMessage, type Usage } from "./usage.ts";
import { broken, judgeAnswer, judgeFault, slow, unable, type Verdict } from "./verdict.ts";
import { WholeSink, type WholeHooks } from "./whole-sink.ts";

/** A provider's answer that is no success, as it came. */
export interface UpstreamError {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Why an attempt gave no answer, and how the caller is told if it was the last one. */
export interface Failure {
  verdict: Verdict;
  told: { refusal: Refusal } | { upstream: UpstreamError };
  /** What undici threw, if it did. */
  fault?: unknown;
}

/** For the owner's log: status and type, or our own code; never a provider's text. */
export const describe = ({ told }: Failure): string =>
  "refusal" in told ? told.refusal.code : `${told.upstream.status} ${readError(told.upstream.body).type ?? ""}`.trim();

/** What the provider said; it can name the owner's account. */
export const textOf = ({ told }: Failure): string => ("upstream" in told ? (readError(told.upstream.body).message ?? "") : "");

/** What an attempt tells of itself: how it ended exactly once, by one of the four verbs in the middle, unless it is aborted. */
export interface AttemptOwner {
  headed(attempt: Attempt): void;
  /** Sends a head for pings, unless one has gone out already. */
  openStream(): void;
  /** The first event is about to be sent. */
  committed(attempt: Attempt): void;
  /** A committed stream came to its end, or to the provider's own `error` event; the bytes that say so are about to be sent. */
  settled(attempt: Attempt, verdict: Verdict | undefined): void;
  /** A committed stream broke, and the caller does not know yet. */
  broke(attempt: Attempt, failure: Failure): void;
  /** A whole answer that is a success. */
  answered(attempt: Attempt, body: Buffer): void;
  /** There is no answer, and the caller has seen nothing of it. */
  failed(attempt: Attempt, failure: Failure): void;
  /** The provider's connection is free again. */
  freed(attempt: Attempt): void;
}

export interface AttemptParts {
  owner: AttemptOwner;
  call: Call;
  outlet: Outlet;
  target: Target;
  /** By its name at this provider. */
  model: string | undefined;
  pass: Pass;
}

/** One request at one provider: takes undici's events, and passes a good answer on or tells why there is none. */
export class Attempt implements Dispatcher.DispatchHandler, StreamHooks, WholeHooks {
  readonly target: Target;
  readonly askedModel: string | undefined;
  readonly pass: Pass;
  /** Units: milliseconds of the monotonic clock. */
  readonly startedAt = performance.now();
  /** Units: milliseconds since 1970, as circuits count. */
  readonly startedAtMs = Date.now();
  status = 0;
  headers: IncomingHttpHeaders = {};
  usage: Usage = noUsage;
  model: string | undefined;
  firstByteAt: number | undefined;
  isCommitted = false;
  readonly #owner: AttemptOwner;
  readonly #call: Call;
  readonly #outlet: Outlet;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: Sink | undefined;
  #translation: AnswerTranslation | undefined;
  /** Nothing more is told; what still comes is dropped. */
  #isOver = false;

  constructor({ owner, call, outlet, target, model, pass }: AttemptParts) {
    this.#owner = owner;
    this.#call = call;
    this.#outlet = outlet;
    this.target = target;
    this.askedModel = model;
    this.pass = pass;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isStream(): boolean {
    return this.#sink instanceof StreamSink;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("The caller has left."));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // An early hint is followed by the answer.
    if (this.#isOver || status < 200) return;
    this.status = status;
    this.headers = headers;
    this.#owner.headed(this);
    const { translator } = this.target.provider;
    if (translator !== undefined) {
      this.#translation = translator.answer(this.#call, { status, headers, model: this.askedModel });
      this.status = this.#translation.status;
      this.headers = this.#translation.headers;
    }
    if (!this.#isEventStream()) this.#sink = new WholeSink(this);
    else if (this.#isStreamWanted()) this.#sink = new StreamSink(this.#outlet, this, performance.now());
    else this.#garble();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    const now = performance.now();
    this.firstByteAt ??= now;
    if (this.#translation === undefined) return this.#sink?.data(chunk, now);
    const bytes = this.#translated(() => this.#translation?.data(chunk));
    if (bytes !== undefined) this.#sink?.data(bytes, now);
  }

  onResponseEnd(): void {
    if (!this.#isOver && this.#translation !== undefined) {
      const bytes = this.#translated(() => this.#translation?.end());
      if (bytes !== undefined) this.#sink?.data(bytes, performance.now());
    }
    if (!this.#isOver) this.#sink?.end();
    this.#owner.freed(this);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, fault: unknown): void {
    const hasBegun = this.firstByteAt !== undefined;
    if (!this.#isOver) this.#fail({ verdict: judgeFault(fault), told: { refusal: refusalOfFault(this.target.provider, fault, hasBegun) }, fault });
    this.#owner.freed(this);
  }

  /** Frees the provider and says nothing more. */
  abort(): void {
    if (!this.#isOver) this.#keepUsage();
    this.#isOver = true;
    this.#controller?.abort(new Error("This answer is not needed any more."));
  }

  /** Ends it before it began: the request can't be put into this provider's words. */
  refuse(refused: Refusal): void {
    this.#fail({ verdict: unable, told: { refusal: refused } });
  }

  /** Ends it with an answer for which nobody had to be asked. */
  answerLocally({ headers, body }: LocalAnswer["local"]): void {
    this.status = 200;
    this.headers = headers;
    this.complete(body);
  }

  resume(): void {
    this.#controller?.resume();
    if (this.#sink instanceof StreamSink) this.#sink.resumed(performance.now());
  }

  /** Called about once a second: finds silence out, and fills it for the caller. Units: milliseconds, of the monotonic clock. */
  keepAlive(now: number, pingAfterMs: number): void {
    if (this.#isOver || this.#sink === undefined) return;
    const { idleMs, firstByteMs, answerMs } = this.target.provider.timeouts;
    if (!(this.#sink instanceof StreamSink)) return now - this.startedAt > answerMs ? this.#stall() : undefined;
    if (this.#sink.silentFor(now) > idleMs || (!this.isCommitted && now - this.startedAt > firstByteMs)) return this.#stall();
    this.#sink.ping(now, pingAfterMs);
  }

  openStream(): void {
    this.#owner.openStream();
  }

  commit(): void {
    this.isCommitted = true;
    this.#owner.committed(this);
  }

  pause(): void {
    this.#controller?.pause();
  }

  settle(error: StreamError | undefined): void {
    this.#isOver = true;
    this.#keepUsage();
    this.#owner.settled(this, error && this.#judge({ ...upstreamErrorOf(error), headers: {} }));
  }

  failEarly(error: StreamError | undefined): void {
    if (error === undefined) return this.#garble();
    const upstream = { ...upstreamErrorOf(error), headers: {} };
    this.#fail({ verdict: this.#judge(upstream), told: { upstream } });
  }

  cutShort(): void {
    this.#fail({ verdict: broken, told: { refusal: cutShort(this.target.provider) } });
  }

  complete(body: Buffer): void {
    if (this.status >= 400) return this.#relayError(body);
    const message = this.#call.route.name === "messages" && this.#isPlain() ? readMessage(body) : undefined;
    if (this.status >= 300 || (this.#call.route.name === "messages" && this.#isPlain() && message === undefined)) return this.#garble();
    this.usage = message?.usage ?? noUsage;
    this.model = message?.model;
    this.#isOver = true;
    this.#owner.answered(this, body);
  }

  tooLong(): void {
    this.#garble();
  }

  #relayError(body: Buffer): void {
    const { status, headers } = this;
    const upstream = { status, headers, body: this.#isPlain() ? body : Buffer.alloc(0) };
    this.#fail({ verdict: this.#judge(upstream), told: { upstream } });
  }

  #judge({ status, headers, body }: UpstreamError): Verdict {
    return judgeAnswer({ status, headers, ...readError(body) }, this.target.provider.traits.isTranslating === true, Date.now());
  }

  #garble(): void {
    this.#fail({ verdict: broken, told: { refusal: garbage(this.target.provider) } });
  }

  #stall(): void {
    this.#fail({ verdict: slow, told: { refusal: silent(this.target.provider, this.isCommitted) } });
  }

  #fail(failure: Failure): void {
    this.abort();
    if (this.isCommitted) this.#owner.broke(this, failure);
    else this.#owner.failed(this, failure);
  }

  #translated(work: () => Buffer | undefined): Buffer | undefined {
    try {
      return work();
    } catch (fault) {
      this.#fail({ verdict: broken, told: { refusal: garbage(this.target.provider) }, fault });
      return undefined;
    }
  }

  #keepUsage(): void {
    if (!(this.#sink instanceof StreamSink)) return;
    this.usage = this.#sink.watch.usage;
    this.model = this.#sink.watch.model;
  }

  #isEventStream(): boolean {
    return this.status === 200 && String(this.headers["content-type"]).startsWith("text/event-stream") && this.#isPlain();
  }

  /** Of a body that can't be read it is not known. */
  #isStreamWanted(): boolean {
    const { stream, model } = this.#call.fields;
    return stream || model === undefined;
  }

  /** Whether the bytes are not compressed, as we asked. */
  #isPlain(): boolean {
    return ["", "identity"].includes(this.headers["content-encoding"] ?? "");
  }
}
