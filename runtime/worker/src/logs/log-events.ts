const newline = 0x0a;

/** Whole lines of a log, rendered as server-sent events. Units: bytes for `next`, the offset after the last of them. */
export interface RenderedLines {
  text: Buffer;
  next: number;
}

/**
 * Renders the whole lines in `bytes`, which begin at `offset` of the log: the event's id is the offset after its line. With `closed`, a
 * rest without newline is a line too. Shape: null when there is no whole line.
 */
export function renderLines(bytes: Buffer, offset: number, closed: boolean): RenderedLines | null {
  const last = bytes.lastIndexOf(newline) + 1;
  const end = closed ? bytes.length : last;
  if (end === 0) return null;
  const parts: Buffer[] = [];
  for (let start = 0; start < end;) {
    const found = bytes.indexOf(newline, start);
    const stop = found === -1 || found >= end ? end : found;
    const next = Math.min(stop + 1, bytes.length);
    parts.push(Buffer.from(`id: ${offset + next}\nevent: line\ndata: `), withoutReturns(bytes.subarray(start, stop)), Buffer.from("\n\n"));
    start = next;
  }
  return { text: Buffer.concat(parts), next: offset + end };
}

/** A carriage return ends a line of the protocol too: what a job prints must not become an event of its own. */
function withoutReturns(line: Buffer): Buffer {
  if (!line.includes(0x0d)) return line;
  return Buffer.from(line.toString("utf8").replace(/\r+$/, "").split("\r").join("\ndata: "));
}

/** Stands for a line that is too long to be sent. Units: bytes for `length` and `next`. */
export function renderLongLine(length: number, next: number): RenderedLines {
  const data = JSON.stringify({ type: "freehold", subtype: "long-line", bytes: length });
  return { text: Buffer.from(`id: ${next}\nevent: line\ndata: ${data}\n\n`), next };
}
