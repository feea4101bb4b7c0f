import type { Booking } from "../booking.ts";
import { parseLine } from "./line.ts";

/** What an earlier process has written down. */
export interface Leftover {
  /** Each request once: as it ended, else as it began. */
  bookings: Booking[];
  /** Requests of which only the beginning is known. */
  interrupted: number;
  /** Lines that can't be read. */
  skipped: number;
}

/** Puts the text of all segments together, in any order. */
export function readLeftover(segments: Iterable<string>): Leftover {
  const opened = new Map<string, Booking>();
  const closed = new Map<string, Booking>();
  let skipped = 0;
  for (const segment of segments)
    for (const text of segment.split("\n")) {
      if (text === "") continue;
      const line = parseLine(text);
      if (line === undefined) skipped += 1;
      else (line.kind === "opened" ? opened : closed).set(line.booking.id, line.booking);
    }
  const interrupted = [...opened.values()].filter(({ id }) => !closed.has(id));
  return { bookings: [...closed.values(), ...interrupted], interrupted: interrupted.length, skipped };
}
