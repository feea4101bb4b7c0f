import { once } from "node:events";
import type { Response } from "express";
import { ping } from "../anthropic/events.ts";

export interface EventWriter {
  /** Whether anything was sent, so that the status can't be changed any more. */
  readonly opened: boolean;
  /** Resolves once the reader has room for more. Throws: the signal's reason when the reader has left. */
  write(text: string): Promise<void>;
  end(last?: string): void;
}

interface WriterOptions {
  response: Response;
  headers: Record<string, string>;
  signal: AbortSignal;
  /** Units: milliseconds of silence after which a ping goes out. */
  pingIntervalMs: number;
  /** What a stream begins with, should silence be broken by a ping. */
  opening: () => string;
}

/** Sends events, waits for slow readers, and breaks long silences: clients give up on a stream that says nothing. */
export function createEventWriter({ response, headers, signal, pingIntervalMs, opening }: WriterOptions): EventWriter {
  const open = () => {
    if (response.headersSent) return;
    response
      .status(200)
      .set({ ...headers, "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" });
  };
  const breakSilence = () => {
    if (response.writableNeedDrain) return;
    const first = response.headersSent ? "" : opening();
    open();
    response.write(first + ping);
  };
  const silence = setInterval(breakSilence, pingIntervalMs);
  response.once("close", () => clearInterval(silence));
  return {
    get opened() {
      return response.headersSent;
    },
    async write(text) {
      signal.throwIfAborted();
      open();
      silence.refresh();
      if (!response.write(text)) await once(response, "drain", { signal });
    },
    end(last = "") {
      clearInterval(silence);
      response.end(last);
    },
  };
}
