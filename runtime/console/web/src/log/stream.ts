export type StreamState = "connecting" | "live" | "reconnecting" | "ended";

/** The part of EventSource that is used; tests give a scripted one. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface StreamParts {
  /** The log's address, from a byte offset on. */
  urlFrom: (offset: string) => string;
  open: (url: string) => Source;
  onLine: (text: string) => void;
  onState: (state: StreamState) => void;
  /** The browser gave up on the connection: the server answered with an error, perhaps because the session ended. */
  onRefused: () => void;
  later: (action: () => void, ms: number) => () => void;
}

export interface LogStream {
  /** Opens the connection anew, from the last byte that was read: after sleep, or when the network is back. */
  reopen(): void;
  close(): void;
}

const closed = 2;
const longestDelayMs = 15_000;

/**
 * Follows a log to its end. After each fault it goes on from the last byte that was read, ever more slowly;
 * the browser's own reconnecting isn't used, since it gives up for good on the first answer that is an error.
 */
export function followLog(parts: StreamParts): LogStream {
  let offset = "0";
  let failures = 0;
  let ended = false;
  let source: Source | undefined;
  let cancelRetry: () => void = () => undefined;
  const stop = () => {
    cancelRetry();
    source?.close();
    source = undefined;
  };
  const open = () => {
    stop();
    const current = parts.open(parts.urlFrom(offset));
    source = current;
    current.addEventListener("open", () => {
      failures = 0;
      parts.onState("live");
    });
    current.addEventListener("line", (event) => {
      if (current !== source) return;
      offset = event.lastEventId || offset;
      parts.onLine(event.data);
    });
    current.addEventListener("done", () => {
      if (current !== source) return;
      stop();
      ended = true;
      parts.onState("ended");
    });
    current.addEventListener("error", () => {
      if (current !== source) return;
      const refused = current.readyState === closed;
      stop();
      parts.onState("reconnecting");
      if (refused) parts.onRefused();
      failures += 1;
      cancelRetry = parts.later(open, Math.min(longestDelayMs, 1_000 * 2 ** (failures - 1)));
    });
  };
  parts.onState("connecting");
  open();
  return {
    reopen: () => {
      if (!ended) open();
    },
    close: () => {
      ended = true;
      stop();
    },
  };
}
