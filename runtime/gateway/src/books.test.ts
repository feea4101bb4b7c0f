import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { until } from "../../../tests/support/until.ts";
import type { Booking } from "./booking.ts";
import { Books } from "./books.ts";
import { booking } from "./testing/booking.ts";
import { startGateway, type TestGateway } from "./testing/fixtures.ts";
import { insertBookings, sumUsage } from "./store/bookings.ts";

let gateway: TestGateway;
beforeAll(async () => (gateway = await startGateway({})));
afterAll(() => gateway.close());

function booksOf(write: (bookings: readonly Booking[]) => Promise<void> = (bookings) => insertBookings(gateway.db, bookings)) {
  const told = { pending: 0, lost: 0, batches: [] as number[] };
  const books = new Books({
    write: (bookings) => {
      told.batches.push(bookings.length);
      return write(bookings);
    },
    log: silentLog,
    onPending: (count) => (told.pending = count),
    onLost: () => (told.lost += 1),
  });
  return { books, told };
}

test("bookings are written by themselves within 200 ms, together, and once even when they are written twice", async () => {
  const { books, told } = booksOf();
  for (let index = 0; index < 700; index++) books.record(booking(`a${index % 600}`, { jobId: "a" }));
  const began = performance.now();
  await until("the books", async () => (await sumUsage(gateway.db, "a")).requests === 600, { everyMs: 5 });
  expect(performance.now() - began).toBeLessThan(1_000);
  // The database has them a moment before the writer has heard so.
  await until("the writer to have heard", () => told.pending === 0, { everyMs: 5 });
  expect(told.batches).toEqual([500, 200]);
  expect(await sumUsage(gateway.db, "a")).toMatchObject({ inputTokens: 6_000, costUsd: 300, providers: ["anthropic"] });
});

test("bookings wait while the database is away and are written when it is back", async () => {
  let isAway = true;
  const { books, told } = booksOf((bookings) =>
    isAway ? Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })) : insertBookings(gateway.db, bookings),
  );
  books.record(booking("b1", { jobId: "b" }));
  await expect(books.flush()).rejects.toThrow("ECONNREFUSED");
  books.record(booking("b2", { jobId: "b" }));
  isAway = false;
  await until("the books", async () => (await sumUsage(gateway.db, "b")).requests === 2, { everyMs: 20 });
  expect(told).toMatchObject({ pending: 0, lost: 0 });
});

test("one booking that the database refuses does not hold up the others", async () => {
  const { books, told } = booksOf();
  books.record(booking("c1", { jobId: "c" }));
  books.record(booking("c2", { jobId: "c", model: "bad \u0000 text" }));
  books.record(booking("c3", { jobId: "c" }));
  await books.flush();
  expect([(await sumUsage(gateway.db, "c")).requests, told.lost, told.pending]).toEqual([2, 1, 0]);
});

test("what an earlier process has left is written first, once, and the journal is told what is in the books", async () => {
  const settled: string[] = [];
  const left = { bookings: [booking("e1", { jobId: "e" }), booking("e2", { jobId: "e", outcome: "interrupted", status: 0 })], interrupted: 1, skipped: 0 };
  const closed: string[] = [];
  const journal = {
    left,
    closed: ({ id }: Booking) => void closed.push(id),
    settled: (done: readonly Booking[]) => void settled.push(...done.map(({ id }) => id)),
  };
  const books = new Books({ write: (bookings) => insertBookings(gateway.db, bookings), journal, log: silentLog, onPending() {}, onLost() {} });
  await insertBookings(gateway.db, [booking("e1", { jobId: "e" })]);
  books.record(booking("e3", { jobId: "e" }));
  await books.catchUp();
  await books.catchUp();
  expect([(await sumUsage(gateway.db, "e")).requests, settled, closed]).toEqual([3, ["e1", "e2", "e3"], ["e3"]]);
});

test("a request without a known price is counted apart", async () => {
  await insertBookings(gateway.db, [booking("d1", { jobId: "d", costUsd: null }), booking("d2", { jobId: "d" })]);
  expect(await sumUsage(gateway.db, "d")).toMatchObject({ requests: 2, costUsd: 0.5, unpricedRequests: 1 });
});
