import { isDatabaseAway } from "@freehold/kernel/database-errors";
import type { Log } from "@freehold/kernel/log";
import type { Booking } from "./booking.ts";
import type { Journal } from "./journal/journal.ts";

export interface BooksParts {
  write: (bookings: readonly Booking[]) => Promise<void>;
  /** Where bookings outlive the process until they are written. */
  journal?: Pick<Journal, "closed" | "settled" | "left"> | undefined;
  log: Log;
  /** Told how many bookings wait. */
  onPending: (count: number) => void;
  /** Told of each booking that could not be written. */
  onLost: () => void;
}

/** Units: milliseconds. */
const writeAfterMs = 100;
const retryAfterMs = 1_000;
const mostAtOnce = 500;
/** About 600 bytes each. */
const mostPending = 200_000;

/** Collects bookings and writes them in small batches; while the database is away they wait. */
export class Books {
  readonly #parts: BooksParts;
  #pending: Booking[] = [];
  #isPlanned = false;
  #hasCaughtUp = false;
  #isAway = false;
  #writing: Promise<void> | undefined;

  constructor(parts: BooksParts) {
    this.#parts = parts;
  }

  /** Takes a booking; it is in the database within 200 ms, or as soon as the database is back. */
  record(booking: Booking): void {
    this.#parts.journal?.closed(booking);
    if (this.#pending.length >= mostPending) {
      this.#pending.shift();
      // The journal still has it, for the next start.
      if (this.#parts.journal === undefined) this.#parts.onLost();
    }
    this.#pending.push(booking);
    this.#plan();
  }

  /** Writes what an earlier process has left in the journal, once. Throws: the database's error while it is away. */
  async catchUp(): Promise<void> {
    if (!this.#hasCaughtUp) this.#pending.unshift(...(this.#parts.journal?.left.bookings ?? []));
    this.#hasCaughtUp = true;
    await this.flush();
  }

  /** Resolves once everything recorded so far is written. Throws: the database's error while it is away. */
  async flush(): Promise<void> {
    await this.#writing;
    while (this.#pending.length > 0) await this.#write();
  }

  #plan(): void {
    this.#parts.onPending(this.#pending.length);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setTimeout(
      () => {
        this.#isPlanned = false;
        void this.flush().catch(() => this.#plan());
      },
      this.#isAway ? retryAfterMs : writeAfterMs,
    );
  }

  /** One writer at a time, so that an order of arrival is an order in the books. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#pending.slice(0, mostAtOnce);
    try {
      await this.#parts.write(batch).catch((error: unknown) => (isDatabaseAway(error) ? Promise.reject(error) : this.#writeOneByOne(batch)));
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.#parts.log.warn("books.waiting", { pending: this.#pending.length, error });
      this.#isAway = true;
      throw error;
    }
    this.#parts.journal?.settled(batch);
    const written = new Set(batch);
    this.#pending = this.#pending.filter((booking) => !written.has(booking));
    this.#parts.onPending(this.#pending.length);
  }

  /** A booking that the database refuses must not hold up the others; it is logged whole, since it holds no prompt and no key. */
  async #writeOneByOne(batch: readonly Booking[]): Promise<void> {
    for (const booking of batch) {
      try {
        await this.#parts.write([booking]);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        this.#parts.onLost();
        this.#parts.log.error("books.refused", { booking, error });
      }
    }
  }
}
