import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Booking } from "../booking.ts";
import { readLeftover, type Leftover } from "./leftover.ts";
import { renderLine } from "./line.ts";
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
 * Writes requests down, in a folder, until the books have them. A line is with the system, so that it outlives the process, when `closed` returns or `opened` calls back;
 * it is not forced onto the disk, which a power cut may cost its last seconds. Where the disk can't be written, requests go on without it.
 */
export class Journal {
  /** Of the process before this one. */
  readonly left: Leftover;
  readonly #parts: JournalParts;
  #segments: Segment[] = [];
  #number: number;
  #current: Segment | undefined;
  /** Not written yet, and whose they are. */
  #lines: string[] = [];
  #ids: string[] = [];
  /** What goes on once they are. */
  readonly #waiting: (() => void)[] = [];
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

  /**
   * A provider is about to be asked; the booking is what stands in the books if nothing more is heard of it. With `then`, the lines of one turn are written
   * together before all go on: a busy gateway has several, and one write costs what ten do.
   */
  opened(booking: Booking, then?: () => void): void {
    this.#lines.push(renderLine("opened", booking));
    this.#ids.push(booking.id);
    if (then === undefined) return this.#write();
    if (this.#waiting.push(then) === 1) setImmediate(() => this.#goOn());
  }

  /** It has ended; its caller has not seen the end yet. */
  closed(booking: Booking): void {
    this.#lines.push(renderLine("closed", booking));
    this.#ids.push(booking.id);
    this.#write();
  }

  /** They are in the books. */
  settled(bookings: readonly Booking[]): void {
    for (const { ids } of this.#segments) for (const { id } of bookings) ids.delete(id);
    this.#sweep();
  }

  close(): void {
    this.#goOn();
    this.#current?.close();
    this.#current = undefined;
    this.#sweep();
  }

  #goOn(): void {
    this.#write();
    for (const then of this.#waiting.splice(0)) then();
  }

  /** All lines that wait, in one piece. */
  #write(): void {
    if (this.#lines.length === 0) return;
    const [lines, ids] = [this.#lines, this.#ids];
    this.#lines = [];
    this.#ids = [];
    if (this.#tryToWrite(lines.join(""), ids)) return;
    for (let count = lines.length; count > 0; count--) this.#parts.onUnwritten();
  }

  #tryToWrite(text: string, ids: readonly string[]): boolean {
    const { clock, log } = this.#parts;
    if (this.#retryAt !== undefined && clock.now() < this.#retryAt) return false;
    try {
      this.#segment().append(text, ids);
      if (this.#retryAt !== undefined) log.info("journal.writes-again");
      this.#retryAt = undefined;
      return true;
    } catch (error) {
      if (this.#retryAt === undefined) log.error("journal.unwritten", { folder: this.#parts.folder, error });
      this.#retryAt = clock.now() + retryAfterMs;
      // What was written of the text must stay the last of its file.
      this.#current?.close();
      this.#current = undefined;
      this.#sweep();
      return false;
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
