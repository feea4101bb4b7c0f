import { createRowBuilder, type Row } from "./rows.ts";

export interface LogSnapshot {
  rows: readonly Row[];
  /** The lines as they came, for the raw view and for search. */
  lines: readonly string[];
}

/** A log in the reader's memory. Lines come one by one, readers hear of them in batches. */
export interface LogStore {
  add(text: string): void;
  get(): LogSnapshot;
  subscribe(listener: () => void): () => void;
}

/** `later` says when a batch is shown; it is called once per batch. */
export function createLogStore(later: (action: () => void) => void): LogStore {
  const builder = createRowBuilder();
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let snapshot: LogSnapshot = { rows: [], lines: [] };
  let waiting = false;
  const show = () => {
    waiting = false;
    snapshot = { rows: builder.rows.slice(), lines: lines.slice() };
    for (const listener of listeners) listener();
  };
  return {
    add(text) {
      lines.push(text);
      builder.add(text);
      if (waiting) return;
      waiting = true;
      later(show);
    },
    get: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The rows whose lines contain a text, whatever its case. */
export function searchRows({ rows, lines }: LogSnapshot, wanted: string): Row[] {
  const text = wanted.trim().toLowerCase();
  if (text === "") return rows.slice();
  return rows.filter(
    (row) => (lines[row.line - 1] ?? "").toLowerCase().includes(text) || (row.kind === "tool" && (row.result?.text ?? "").toLowerCase().includes(text)),
  );
}
