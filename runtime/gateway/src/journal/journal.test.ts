import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@freehold/kernel/log";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Booking } from "../booking.ts";
import { booking } from "../testing/booking.ts";
import { Journal } from "./journal.ts";
import { openJournal } from "./open.ts";

let folder: string;
let now: number;
let unwritten: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-journal-"));
  [now, unwritten] = [0, 0];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (segmentBytes?: number) =>
  new Journal({
    folder,
    log: silentLog,
    clock: { now: () => now },
    onUnwritten: () => (unwritten += 1),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
const files = () => readdirSync(folder).filter((name) => name.endsWith(".journal"));
const begun = (id: string) => booking(id, { outcome: "interrupted", status: 0 });
const outcomes = (bookings: readonly Booking[]) => Object.fromEntries(bookings.map(({ id, outcome }) => [id, outcome]));

test("what was written is there for the next process at once: ended requests as they ended, others as interrupted, each once", () => {
  const journal = open();
  for (const id of ["a", "b", "c"]) journal.opened(begun(id));
  journal.opened({ ...begun("b"), provider: "the next one" });
  journal.closed(booking("a"));
  const { left } = open();
  expect([outcomes(left.bookings), left.interrupted, left.skipped]).toEqual([{ a: "completed", b: "interrupted", c: "interrupted" }, 2, 0]);
  expect(left.bookings.find(({ id }) => id === "a")).toEqual(booking("a"));
  expect(left.bookings.find(({ id }) => id === "b")?.provider).toBe("the next one");
});

test("lines that are opened in one turn are written together, before any of them goes on, and at the latest with what is closed meanwhile", async () => {
  const journal = open();
  const seen: unknown[] = [];
  const look = (id: string) => seen.push([id, outcomes(open().left.bookings)]);
  const went = new Promise<void>((resolve) => {
    journal.opened(begun("a"), () => look("a"));
    journal.opened(begun("b"), () => {
      look("b");
      resolve();
    });
  });
  expect(open().left.bookings).toEqual([]);
  journal.closed(booking("c"));
  expect(seen).toEqual([]);
  await went;
  const all = { a: "interrupted", b: "interrupted", c: "completed" };
  expect(seen).toEqual([
    ["a", all],
    ["b", all],
  ]);
});

test("what waits to be written goes on when the journal is closed, and when nothing can be written", async () => {
  const journal = open();
  let count = 0;
  journal.opened(begun("a"), () => (count += 1));
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  journal.close();
  expect([count, unwritten]).toEqual([1, 1]);
  rmSync(folder);
});

test("a file goes once the books have all of it, and one with a request that still runs stays", () => {
  const journal = open(2_000);
  journal.opened(begun("long"));
  for (let index = 0; index < 20; index++) journal.closed(booking(`r${index}`));
  const before = files();
  expect(before.length).toBeGreaterThan(3);
  journal.settled(Array.from({ length: 20 }, (_none, index) => booking(`r${index}`)));
  expect(files()).toEqual([before[0], before.at(-1)]);
  journal.settled([booking("long")]);
  journal.close();
  expect(files()).toEqual([]);
});

test("what is left of an earlier process goes once the books have it, and new files don't take its names", () => {
  open().closed(booking("old"));
  const [old] = files();
  const journal = open();
  journal.closed(booking("new"));
  expect(files()).toHaveLength(2);
  journal.settled([booking("old")]);
  expect(files()).toHaveLength(1);
  expect(files()).not.toContain(old);
});

test("a line that breaks off, and one that is no line of ours, are skipped and counted", () => {
  open().closed(booking("whole"));
  const file = join(folder, files()[0] as string);
  const line = readFileSync(file, "utf8");
  appendFileSync(file, `{"kind":"closed","booking":{"id":"foreign"}}\n${line.replaceAll("whole", "torn").slice(0, -9)}`);
  const { left } = open();
  expect([outcomes(left.bookings), left.skipped]).toEqual([{ whole: "completed" }, 2]);
});

test("requests go on without it while nothing can be written, each is counted, and it writes again when it can", () => {
  // Each line has a file of its own.
  const journal = open(1);
  journal.closed(booking("a"));
  expect(unwritten).toBe(0);
  // A file in the folder's place: nobody can write into it, root neither.
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  journal.closed(booking("b"));
  journal.closed(booking("c"));
  expect(unwritten).toBe(2);
  rmSync(folder);
  mkdirSync(folder);
  now = 999;
  journal.closed(booking("d"));
  now = 1_000;
  journal.closed(booking("e"));
  expect([unwritten, outcomes(open().left.bookings)]).toEqual([3, { e: "completed" }]);
});

test("a folder belongs to one gateway, until it gives it back", () => {
  const first = openJournal(folder, silentLog, () => {});
  expect(() => openJournal(folder, silentLog, () => {})).toThrow("in use");
  first?.close();
  openJournal(folder, silentLog, () => {})?.close();
});

test("a folder that can't be used costs the journal, and no answer", () => {
  writeFileSync(join(folder, "file"), "");
  expect(openJournal(join(folder, "file"), silentLog, () => (unwritten += 1))).toBeUndefined();
  expect(unwritten).toBe(1);
});
