import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Booking } from "../booking.ts";
import { readLeftover, type Leftover } from "./leftover.ts";
import { renderLine, type JournalLine } from "./line.ts";
import { Segment } from "./segment.ts";

export interface JournalParts {
  /** Nobody else may write there. */
  folder: string;
  log: Log;
  clock: Clock;
  /** Told of each line that could not be written. */
  onUnwritten: () => void;
  /** Units: bytes. A file that has grown to this is followed by another one. */
  segmentBytes?: number;
}

const usualSegmentBytes = 4_194_304;
/** While the disk can't be written it is tried this often, not for each line. Units: milliseconds. */
const retryAfterMs = 1_000;
const suffix = ".journal";

/**
 * Writes requests down at once, in a folder, until the books have them. A line is with the system when `opened` or `closed` returns, so it outlives the process; it is
 * not forced onto the disk, which a power cut may cost its last seconds. Where the disk can't be written, requests go on without it.
 */
export class Journal {
  /** Of the process before this one. */
  readonly left: Leftover;
  readonly #parts: JournalParts;
  #segments: Segment[] = [];
  #number: number;
  #current: Segment | undefined;
  /** Undefined while it can be written. */
  #retryAt: number | undefined;

  /** Throws: the system's error when the folder can't be read. */
  constructor(parts: JournalParts) {
    this.#parts = parts;
    const names = readdirSync(parts.folder).filter((name) => name.endsWith(suffix));
    this.#number = Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0));
    const files = names.map((name) => ({ path: join(parts.folder, name), text: readFileSync(join(parts.folder, name), "utf8") }));
    this.left = readLeftover(files.map(({ text }) => text));
    const idsIn = (text: string) => readLeftover([text]).bookings.map(({ id }) => id);
    this.#segments = files.map(({ path, text }) => new Segment(path, idsIn(text)));
    this.#sweep();
    const { bookings, interrupted, skipped } = this.left;
    if (bookings.length + skipped > 0) parts.log.warn("journal.left", { requests: bookings.length, interrupted, skipped });
  }

  /** A provider is about to be asked; the booking is what stands in the books if nothing more is heard of it. */
  opened(booking: Booking): void {
    this.#write("opened", booking);
  }

  /** It has ended; its caller has not seen the end yet. */
  closed(booking: Booking): void {
    this.#write("closed", booking);
  }

  /** They are in the books. */
  settled(bookings: readonly Booking[]): void {
    for (const { ids } of this.#segments) for (const { id } of bookings) ids.delete(id);
    this.#sweep();
  }

  close(): void {
    this.#current?.close();
    this.#current = undefined;
    this.#sweep();
  }

  #write(kind: JournalLine["kind"], booking: Booking): void {
    const { clock, log, onUnwritten } = this.#parts;
    if (this.#retryAt !== undefined && clock.now() < this.#retryAt) return onUnwritten();
    try {
      this.#segment().append(renderLine(kind, booking), booking.id);
      if (this.#retryAt !== undefined) log.info("journal.writes-again");
      this.#retryAt = undefined;
    } catch (error) {
      onUnwritten();
      if (this.#retryAt === undefined) log.error("journal.unwritten", { folder: this.#parts.folder, error });
      this.#retryAt = clock.now() + retryAfterMs;
      // What was written of the line must stay the last of its file.
      this.#current?.close();
      this.#current = undefined;
      this.#sweep();
    }
  }

  #segment(): Segment {
    if (this.#current !== undefined && this.#current.bytes < (this.#parts.segmentBytes ?? usualSegmentBytes)) return this.#current;
    this.#current?.close();
    this.#number += 1;
    this.#current = new Segment(join(this.#parts.folder, `${String(this.#number).padStart(10, "0")}${suffix}`));
    this.#segments.push(this.#current);
    return this.#current;
  }

  /** Removes the files of which the books have everything. */
  #sweep(): void {
    const isDone = (segment: Segment) => segment !== this.#current && segment.ids.size === 0;
    if (!this.#segments.some(isDone)) return;
    for (const segment of this.#segments.filter(isDone)) this.#remove(segment);
    this.#segments = this.#segments.filter((segment) => !isDone(segment));
  }

  #remove(segment: Segment): void {
    try {
      segment.remove();
    } catch (error) {
      // It is read again at the next start, which does no harm.
      this.#parts.log.warn("journal.not-removed", { file: segment.path, error });
    }
  }
}
