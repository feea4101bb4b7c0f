import { once } from "node:events";
import type { Response } from "express";

/** One server-sent event. Source: WHATWG HTML, section "Server-sent events". */
export interface ServerSentEvent {
  id?: string | number;
  event?: string;
  /** Newlines, and carriage returns, which end a line as well, become several `data:` lines. */
  data: string;
}

export function renderEvent({ id, event, data }: ServerSentEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}${lines.join("")}\n`;
}

/** A response that sends events, keeps the connection alive with comments, and waits for slow readers. */
export interface EventStream {
  /** Resolves once the reader has room for more; rejects when the reader has left. */
  send(event: ServerSentEvent): Promise<void>;
  /** Sends text that is rendered already; for many events in one write. */
  sendText(text: string | Uint8Array): Promise<void>;
  end(): void;
  readonly signal: AbortSignal;
}

export function openEventStream(response: Response, { heartbeatMs = 15_000, retryMs = 1_000 } = {}): EventStream {
  response.status(200).set({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" });
  response.flushHeaders();
  response.write(`retry: ${retryMs}\n\n`);
  const left = new AbortController();
  const heartbeat = setInterval(() => void response.write(": alive\n\n"), heartbeatMs);
  response.once("close", () => {
    clearInterval(heartbeat);
    left.abort();
  });
  const sendText = async (text: string | Uint8Array) => {
    left.signal.throwIfAborted();
    if (!response.write(text)) await once(response, "drain", { signal: left.signal });
  };
  return { sendText, send: (event) => sendText(renderEvent(event)), end: () => void response.end(), signal: left.signal };
}
