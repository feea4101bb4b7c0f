import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import type { Booking } from "./booking.ts";
import { Books } from "./books.ts";
import type { GatewaySettings } from "./config.ts";
import { openJournal } from "./journal/open.ts";
import type { Meters } from "./meters.ts";
import { insertBookings } from "./store/bookings.ts";

export interface RunningBooks {
  books: Books;
  /** Takes note of a request that may cost something from now on, and calls back, if only later, once that is safe; undefined without a journal. */
  begin: ((booking: Booking, then?: () => void) => void) | undefined;
  /** Writes the books; what can't be written now is left in the journal. Throws: the database's error while it is away. */
  close(): Promise<void>;
}

/** The books in the database, and the journal before them where the settings name its folder. Throws: AppError `folder.in-use`. */
export function createBooks({ GATEWAY_JOURNAL_DIR }: GatewaySettings, { db, log, meters }: { db: Pool; log: Log; meters: Meters }): RunningBooks {
  const opened = GATEWAY_JOURNAL_DIR === undefined ? undefined : openJournal(GATEWAY_JOURNAL_DIR, log, meters.journalUnwritten);
  const journal = opened?.journal;
  const write = (bookings: readonly Booking[]) => insertBookings(db, bookings);
  const books = new Books({ write, journal, log, onPending: meters.booksPending, onLost: meters.bookingLost });
  return {
    books,
    begin: journal && ((booking, then) => journal.opened(booking, then)),
    async close() {
      try {
        await books.flush();
      } finally {
        opened?.close();
      }
    },
  };
}
