import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { AnswerHeaders, Outlet } from "../outlet.ts";
import type { Listener } from "./listener.ts";
import { SharedAnswer } from "./shared-answer.ts";
import { Tape } from "./tape.ts";

/** A caller who takes so many bytes before it is slow, and reads on when told. */
class Reader implements Outlet {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  text = "";
  head: AnswerHeaders = {};
  buffered = 0;
  readonly #heard: Record<"close" | "drain", (() => void)[]> = { close: [], drain: [] };
  readonly #takes: number;

  constructor(takes = Number.POSITIVE_INFINITY) {
    this.#takes = takes;
  }
  get writableFinished(): boolean {
    return this.writableEnded && this.buffered === 0;
  }
  get writableNeedDrain(): boolean {
    return this.buffered >= this.#takes;
  }
  writeHead(_status: number, headers: AnswerHeaders): void {
    if (this.headersSent) throw new Error("A second head.");
    this.headersSent = true;
    this.head = headers;
  }
  flushHeaders(): void {}
  write(bytes: Buffer | string): boolean {
    if (this.writableEnded) throw new Error("A write after the end.");
    this.text += bytes.toString();
    if (Number.isFinite(this.#takes)) this.buffered += bytes.length;
    return !this.writableNeedDrain;
  }
  end(bytes?: Buffer | string): void {
    if (bytes !== undefined) this.write(bytes);
    this.writableEnded = true;
    if (this.buffered === 0) this.#emit("close");
  }
  on(event: "close" | "drain", heard: () => void): void {
    this.#heard[event].push(heard);
  }
  read(): void {
    if (this.buffered === 0 || this.destroyed) return;
    this.buffered = 0;
    this.#emit("drain");
    if (this.writableEnded && this.buffered === 0) this.#emit("close");
  }
  leave(): void {
    this.destroyed = true;
    this.#emit("close");
  }
  #emit(event: "close" | "drain"): void {
    for (const heard of this.#heard[event]) heard();
  }
}

function sharedOf(mostBytes = 1_000_000, most = 1_000_000) {
  const room = { used: 0, most };
  const tape = new Tape(room, mostBytes);
  const events: string[] = [];
  const shared = new SharedAnswer({
    tape,
    onEnd: () => events.push("end"),
    onDeserted: () => events.push("deserted"),
    cutOff: (listener: Listener) => {
      events.push("cut");
      listener.cutOff("!");
    },
  });
  shared.on("close", () => events.push("close"));
  shared.on("drain", () => events.push("drain"));
  const join = (reader: Reader, name = "") => shared.join(reader, (headers) => ({ ...headers, name }));
  return { shared, tape, room, events, join };
}

test("a caller who comes late gets all of it, each with headers of its own", () => {
  const { shared, join } = sharedOf();
  const [first, second, third] = [new Reader(), new Reader(), new Reader()];
  join(first, "first");
  shared.writeHead(200, { type: "x" });
  shared.write(Buffer.from("one "));
  join(second, "second");
  shared.write("two ");
  join(third);
  shared.end(Buffer.from("three"));
  for (const reader of [first, second, third]) expect([reader.text, reader.writableEnded]).toEqual(["one two three", true]);
  expect([first.head, second.head]).toEqual([
    { type: "x", name: "first" },
    { type: "x", name: "second" },
  ]);
});

test("the provider is held back only while all are slow, and let go when one has read on", () => {
  const { shared, events, join } = sharedOf();
  const [slow, slower, fast] = [new Reader(3), new Reader(3), new Reader()];
  for (const reader of [slow, slower, fast]) join(reader);
  shared.writeHead(200, {});
  expect([shared.write(Buffer.from("1234")), shared.write(Buffer.from("5"))]).toEqual([true, true]);
  fast.leave();
  expect([shared.write(Buffer.from("6")), shared.writableNeedDrain, events]).toEqual([false, true, []]);
  slow.read();
  expect([slow.text, slower.text, events, shared.writableNeedDrain]).toEqual(["123456", "1234", ["drain"], false]);
});

test("one who leaves changes nothing for the others; when the last one has left, the provider is told", () => {
  const { shared, events, join, room } = sharedOf();
  const [first, second] = [new Reader(), new Reader()];
  join(first);
  join(second);
  shared.writeHead(200, {});
  shared.write(Buffer.from("a"));
  first.leave();
  shared.write(Buffer.from("b"));
  expect([second.text, events, shared.destroyed, shared.canBeJoined]).toEqual(["ab", [], false, true]);
  second.leave();
  expect([events, shared.destroyed, shared.writableFinished, shared.canBeJoined, room.used]).toEqual([["deserted", "close"], true, false, false, 0]);
});

test("one who falls too far behind the others is cut off, and the memory stays bounded", () => {
  const { shared, events, join, room } = sharedOf(1_000);
  const [slow, fast] = [new Reader(1), new Reader()];
  join(slow);
  join(fast);
  shared.writeHead(200, {});
  for (let index = 0; index < 100; index++) {
    expect(shared.write(Buffer.alloc(100, "x"))).toBe(true);
    expect(room.used).toBeLessThanOrEqual(1_000);
  }
  shared.end();
  expect([events.filter((event) => event === "cut").length, slow.text, fast.text.length]).toEqual([1, `${"x".repeat(100)}!`, 10_000]);
  expect(shared.canBeJoined).toBe(false);
});

test("a slow caller who is alone is waited for and never cut off, however long the answer is", () => {
  const { shared, events, join, room } = sharedOf(1_000);
  const slow = new Reader(1);
  join(slow);
  shared.writeHead(200, {});
  for (let index = 0; index < 100; index++) {
    expect(shared.write(Buffer.alloc(100, "x"))).toBe(false);
    slow.read();
  }
  shared.end();
  expect([slow.text.length, events.includes("cut"), room.used]).toEqual([10_000, false, 0]);
});

test("when all answers together hold too much, none is kept whole", () => {
  const { shared, room, join } = sharedOf(1_000_000, 500);
  join(new Reader());
  shared.writeHead(200, {});
  for (let index = 0; index < 20; index++) shared.write(Buffer.alloc(100));
  expect([room.used <= 500, shared.canBeJoined]).toEqual([true, false]);
});

test("pings go to those who are up to date, and are no part of the answer", () => {
  const { shared, tape, join } = sharedOf();
  const [fast, slow, late] = [new Reader(), new Reader(1), new Reader()];
  join(fast);
  join(slow);
  shared.writeHead(200, {});
  shared.write("event: ping\n\n");
  shared.write("a");
  shared.write("event: ping\n\n");
  join(late);
  slow.read();
  shared.end("b");
  slow.read();
  expect([fast.text, slow.text, late.text]).toEqual(["event: ping\n\naevent: ping\n\nb", "event: ping\n\nab", "ab"]);
  expect(Buffer.concat(tape.pieces).toString()).toBe("ab");
});

test("whatever readers do, each who stays to the end and is not cut off gets exactly the answer", async () => {
  const action = fc.oneof(
    fc.record({ write: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ join: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ read: fc.nat() }),
    fc.record({ leave: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), fc.integer({ min: 50, max: 400 }), async (actions, most) => {
      const { shared, room, join, events } = sharedOf(most);
      const readers: Reader[] = [];
      const enter = (takes: number) => {
        const reader = new Reader(takes);
        readers.push(reader);
        join(reader);
      };
      enter(10);
      shared.writeHead(200, {});
      let whole = "";
      for (const one of actions) {
        if (shared.destroyed) break;
        if ("write" in one && !shared.writableNeedDrain) {
          const text = String.fromCharCode(97 + (whole.length % 26)).repeat(one.write);
          whole += text;
          shared.write(Buffer.from(text));
        } else if ("join" in one && shared.canBeJoined) enter(one.join);
        else if ("read" in one) readers[one.read % readers.length]?.read();
        else if ("leave" in one) readers[one.leave % readers.length]?.leave();
        expect(room.used).toBeLessThanOrEqual(most + 40);
      }
      if (!shared.destroyed) shared.end();
      for (let round = 0; round < 200; round++) for (const reader of readers) reader.read();
      await Promise.resolve();
      for (const reader of readers) {
        if (reader.destroyed || shared.destroyed) expect(whole.startsWith(reader.text.replace(/!$/, ""))).toBe(true);
        else expect([reader.writableEnded, reader.text]).toEqual([true, reader.text.endsWith("!") ? `${whole.slice(0, reader.text.length - 1)}!` : whole]);
      }
      expect([room.used, events.filter((event) => event === "close").length]).toEqual([0, 1]);
    }),
    { numRuns: 2_000 },
  );
});
