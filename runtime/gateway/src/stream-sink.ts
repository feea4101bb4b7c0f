import { renderErrorEvent } from "./anthropic-error.ts";
import { EventCutter } from "./event-cutter.ts";
import { refusal, type Refusal } from "./errors.ts";
import type { Outlet } from "./outlet.ts";
import { StreamWatch } from "./stream-watch.ts";

/** Where an answer's bytes go. */
export interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  fail(why: Refusal): void;
}

export interface StreamHooks {
  pause(): void;
  /** Told once it is known how the stream ended, before the caller gets those bytes. */
  settle(outcome: "completed" | "failed"): void;
}

const ping = 'event: ping\ndata: {"type": "ping"}\n\n';

/** Passes a stream of events on as it comes, and ends a broken one with an `error` event. */
export class StreamSink implements Sink {
  readonly watch = new StreamWatch();
  readonly #cutter = new EventCutter();
  readonly #response: Outlet;
  readonly #hooks: StreamHooks;
  #hasWritten = false;

  constructor(response: Outlet, hooks: StreamHooks) {
    this.#response = response;
    this.#hooks = hooks;
    // The head goes out with the first event, in one packet, or right after this turn if no event has come with it.
    queueMicrotask(() => {
      if (!this.#hasWritten && !response.writableEnded) response.flushHeaders();
    });
  }

  data(chunk: Buffer): void {
    const ready = this.#cutter.push(chunk);
    if (ready !== undefined) this.#pass(ready);
  }

  end(): void {
    const rest = this.#cutter.flush();
    if (rest !== undefined) this.watch.see(rest);
    if (!this.watch.isComplete && !this.watch.hasFailed)
      return this.fail(refusal("provider.cut", "The provider ended its stream before the message was complete. Try again."));
    if (rest !== undefined) this.#pass(rest);
    this.#response.end();
  }

  fail(why: Refusal): void {
    this.#hooks.settle("failed");
    if (!this.watch.isComplete && !this.watch.hasFailed) this.#response.write(renderErrorEvent(why));
    this.#response.end();
  }

  /** Keeps a silent stream alive; never within an event, since only whole ones are passed on. */
  ping(): void {
    if (!this.watch.isComplete && !this.#response.writableNeedDrain) this.#response.write(ping);
  }

  #pass(events: Buffer): void {
    this.watch.see(events);
    if (this.watch.isComplete) this.#hooks.settle("completed");
    else if (this.watch.hasFailed) this.#hooks.settle("failed");
    this.#hasWritten = true;
    if (!this.#response.write(events)) this.#hooks.pause();
  }
}
