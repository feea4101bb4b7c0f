import { EventCutter } from "./event-cutter.ts";
import type { Outlet } from "./outlet.ts";
import { hasContent, StreamWatch, type StreamError } from "./stream-watch.ts";

/** Where an answer's bytes go. */
export interface Sink {
  /** Units: `now` in milliseconds of the monotonic clock. */
  data(chunk: Buffer, now: number): void;
  end(): void;
}

export interface StreamHooks {
  /** A ping is about to be sent. */
  openStream(): void;
  /** The first event that says something is about to be sent: from here on there is no other provider. */
  commit(): void;
  pause(): void;
  /** The stream has come to its end, or to an `error` event; the caller gets those bytes next. */
  settle(error: StreamError | undefined): void;
  /** An `error` event came before anything was passed on; without one, what came is no message. */
  failEarly(error: StreamError | undefined): void;
  /** The provider ended the stream before the message was complete. */
  cutShort(): void;
}

const ping = 'event: ping\ndata: {"type": "ping"}\n\n';

/** Passes a stream of whole events on as it comes. Until the first one that says something, all is held back: another provider may still answer. */
export class StreamSink implements Sink {
  readonly watch = new StreamWatch();
  readonly #cutter = new EventCutter();
  readonly #outlet: Outlet;
  readonly #hooks: StreamHooks;
  #early: Buffer[] = [];
  #isCommitted = false;
  /** When a whole event came last, and when the caller got something last. Units: milliseconds of the monotonic clock. */
  #eventAt: number;
  #sentAt: number;

  constructor(outlet: Outlet, hooks: StreamHooks, now: number) {
    this.#outlet = outlet;
    this.#hooks = hooks;
    this.#eventAt = now;
    this.#sentAt = now;
  }

  data(chunk: Buffer, now: number): void {
    const ready = this.#cutter.push(chunk);
    if (ready === undefined) return;
    this.#eventAt = now;
    this.#take(ready);
    if (this.#isCommitted) this.#sentAt = now;
  }

  end(): void {
    const rest = this.#cutter.flush();
    if (rest !== undefined) this.watch.see(rest);
    // A last event without its blank line counts when it is whole; half an event is not passed on.
    if (!this.watch.isComplete && this.watch.error === undefined) this.#hooks.cutShort();
    else if (rest !== undefined) this.#judged(rest);
  }

  /** How long the provider has sent no whole event. Units: milliseconds. */
  silentFor(now: number): number {
    return this.#outlet.writableNeedDrain ? 0 : now - this.#eventAt;
  }

  /** The provider, who was held back, may send again: its silence begins anew. */
  resumed(now: number): void {
    this.#eventAt = now;
  }

  /** Keeps a silent stream alive; never within an event, since only whole ones are passed on. */
  ping(now: number, afterMs: number): void {
    if (now - this.#sentAt < afterMs || this.#outlet.writableNeedDrain || this.#outlet.writableEnded) return;
    this.#sentAt = now;
    if (!this.#isCommitted) this.#hooks.openStream();
    this.#outlet.write(ping);
  }

  #take(events: Buffer): void {
    this.watch.see(events);
    this.#judged(events);
  }

  #judged(events: Buffer): void {
    if (this.#isCommitted) return this.#pass(events);
    if (this.watch.isComplete ? !this.watch.hasStarted : this.watch.error !== undefined) return this.#hooks.failEarly(this.watch.error);
    this.#early.push(events);
    if (!this.watch.hasStarted && !hasContent(events)) return;
    this.#isCommitted = true;
    this.#hooks.commit();
    this.#pass(this.#early.length === 1 ? events : Buffer.concat(this.#early));
    this.#early = [];
  }

  #pass(events: Buffer): void {
    if (this.watch.isComplete || this.watch.error !== undefined) this.#finish(events);
    else if (!this.#outlet.write(events)) this.#hooks.pause();
  }

  /** The caller has all of it: it does not wait for the provider to close the connection. */
  #finish(events: Buffer | undefined): void {
    if (this.#outlet.writableEnded) return;
    this.#hooks.settle(this.watch.isComplete ? undefined : this.watch.error);
    this.#outlet.end(events);
  }
}
