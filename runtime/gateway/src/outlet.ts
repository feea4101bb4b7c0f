/** Headers of an answer. */
export type AnswerHeaders = Record<string, string | string[]>;

/**
 * Where a call's answer goes, in Anthropic's dialect. Node's ServerResponse is one, and costs nothing; one that fans out to several callers, or
 * speaks another dialect, stands in for it.
 */
export interface Outlet {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  writeHead(status: number, headers: AnswerHeaders): unknown;
  flushHeaders(): void;
  /** Returns false when the reader is slow; `drain` follows. */
  write(bytes: Buffer | string): boolean;
  end(bytes?: Buffer | string): unknown;
  /** `close` comes once, after the answer's end or when nobody listens any more. */
  on(event: "close" | "drain", heard: () => void): unknown;
}
