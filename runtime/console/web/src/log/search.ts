import type { Piece } from "./pieces.ts";

/** What a search through a whole log has found so far. Units: bytes. */
export interface Found {
  lines: Piece[];
  readBytes: number;
  /** Whether there may be more than is listed. */
  isCut: boolean;
  isDone: boolean;
}

export const mostFound = 500;
const newline = 10;

/** Looks for a text, whatever its case, in the lines of a log that flows by; nothing of it is kept but what is found. */
export function createSearch(wanted: string): { read(chunk: Uint8Array<ArrayBuffer>): void; end(): void; readonly found: Found } {
  const text = wanted.toLowerCase();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = new Uint8Array();
  let found: Found = { lines: [], readBytes: 0, isCut: false, isDone: false };
  const look = (bytes: Uint8Array<ArrayBuffer>, startsAt: number) => {
    const shown = decoder.decode(bytes);
    const lower = shown.toLowerCase();
    // Some letters change their length with their case: then lines are compared one by one.
    const isAligned = lower.length === shown.length;
    const lines: Piece[] = [];
    for (let at = 0; at < shown.length && found.lines.length + lines.length < mostFound;) {
      const hit = isAligned ? lower.indexOf(text, at) : at;
      if (hit === -1) break;
      const start = shown.lastIndexOf("\n", hit - 1) + 1;
      const stop = shown.indexOf("\n", hit);
      const end = stop === -1 ? shown.length : stop;
      const line = shown.slice(start, end);
      if (isAligned || line.toLowerCase().includes(text)) lines.push({ text: line, end: startsAt + encoder.encode(shown.slice(0, end)).length + 1 });
      at = end + 1;
    }
    return lines;
  };
  const take = (bytes: Uint8Array<ArrayBuffer>) => {
    const startsAt = found.readBytes - rest.length;
    const lines = [...found.lines, ...look(bytes, startsAt)];
    found = { ...found, lines, isCut: lines.length >= mostFound };
  };
  return {
    read(chunk) {
      const joined = new Uint8Array(rest.length + chunk.length);
      joined.set(rest);
      joined.set(chunk, rest.length);
      const whole = joined.lastIndexOf(newline) + 1;
      take(joined.subarray(0, whole));
      rest = joined.slice(whole);
      found = { ...found, readBytes: found.readBytes + chunk.length };
    },
    end() {
      found = { ...found, readBytes: found.readBytes };
      take(rest);
      found = { ...found, isDone: true };
    },
    get found() {
      return found;
    },
  };
}
