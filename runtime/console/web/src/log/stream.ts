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
  /** Where it begins. Units: bytes. */
  from?: string;
  startsPaused?: boolean;
  /** Units: bytes for `end`, the place after the line. */
  onLine: (text: string, end: number) => void;
  onState: (state: StreamState) => void;
  /** The browser gave up on the connection: the server answered with an error, perhaps because the session ended. */
  onRefused: () => void;
  later: (action: () => void, ms: number) => () => void;
}

export interface LogStream {
  /** Opens the connection anew, from the last byte that was read: after sleep, or when the network is back. */
  reopen(): void;
  /** Lets go of the connection without forgetting the place: nobody reads on for now. */
  pause(): void;
  resume(): void;
  close(): void;
}

const closed = 2;
const longestDelayMs = 15_000;

/**
 * Follows a log to its end. After each fault it goes on from the last byte that was read, ever more slowly;
 * the browser's own reconnecting isn't used, since it gives up for good on the first answer that is an error.
 */
export function followLog(parts: StreamParts): LogStream {
  let offset = parts.from ?? "0";
  let failures = 0;
  let ended = false;
  let paused = parts.startsPaused ?? false;
  let source: Source | undefined;
  let cancelRetry: () => void = () => undefined;
  const stop = () => {
    cancelRetry();
    source?.close();
    source = undefined;
  };
  const fail = (refused: boolean) => {
    stop();
    parts.onState("reconnecting");
    if (refused) parts.onRefused();
    failures += 1;
    cancelRetry = parts.later(open, Math.min(longestDelayMs, 1_000 * 2 ** (failures - 1)));
  };
  const open = () => {
    stop();
    const current = parts.open(parts.urlFrom(offset));
    source = current;
    listen(current, () => current === source, {
      onOpen: () => {
        failures = 0;
        parts.onState("live");
      },
      onLine: (text, id) => {
        offset = id || offset;
        parts.onLine(text, Number(offset));
      },
      onDone: () => {
        stop();
        ended = true;
        parts.onState("ended");
      },
      onFault: fail,
    });
  };
  const begin = () => {
    paused = false;
    parts.onState("connecting");
    open();
  };
  if (!paused) begin();
  return {
    reopen: () => void (ended || paused || open()),
    pause: () => {
      paused = true;
      stop();
    },
    resume: () => void (ended || !paused || begin()),
    close: () => {
      ended = true;
      stop();
    },
  };
}

interface Handlers {
  onOpen: () => void;
  onLine: (text: string, id: string) => void;
  onDone: () => void;
  onFault: (refused: boolean) => void;
}

/** Hears a source as long as it is the one that counts: what a closed one still says is late. */
function listen(source: Source, counts: () => boolean, { onOpen, onLine, onDone, onFault }: Handlers): void {
  const hear = (type: string, handler: (event: MessageEvent<string>) => void) => source.addEventListener(type, (event) => counts() && handler(event));
  hear("open", onOpen);
  hear("line", (event) => onLine(event.data, event.lastEventId));
  hear("done", onDone);
  hear("error", () => onFault(source.readyState === closed));
}
