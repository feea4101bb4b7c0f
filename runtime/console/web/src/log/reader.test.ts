import { expect, test } from "@jest/globals";
import { createLogReader } from "./reader.ts";
import type { Source } from "./stream.ts";
import { limits } from "./window.ts";

/** A log as the worker gives it, from any byte on, with a clock that the test turns. A stream speaks so many turns after it was opened. */
function scene(count: number, isEnded = true, late = 0) {
  const encoder = new TextEncoder();
  const lines: string[] = [];
  const ends: number[] = [];
  const say = (text: string) => {
    lines.push(text);
    ends.push((ends.at(-1) ?? 0) + encoder.encode(text).length + 1);
  };
  for (let line = 1; line <= count; line++) say(`line ${line} ${"é".repeat(line % 50)}`);
  const from = (offset: number) => {
    const index = ends.findIndex((end) => end > offset);
    if (index === -1) return [];
    const start = ends[index]! - encoder.encode(lines[index]).length - 1;
    const first = new TextDecoder().decode(encoder.encode(lines[index]).slice(offset - start));
    return lines.slice(index).map((text, at) => ({ data: at === 0 ? first : text, lastEventId: String(ends[index + at]) }));
  };
  const timers: { action: () => void; off: boolean }[] = [];
  let asked = 0;
  let streams = 0;
  const openedFrom: string[] = [];
  const openStream = (url: string): Source => {
    openedFrom.push(url);
    const listeners = new Map<string, (event: MessageEvent<string>) => void>();
    let closed = false;
    streams += 1;
    const fire = (type: string, event: object = {}) => closed || listeners.get(type)?.(event as MessageEvent<string>);
    const speak = (turns: number) => {
      if (turns > 0) return void timers.push({ off: false, action: () => speak(turns - 1) });
      fire("open");
      for (const event of from(Number(url))) if (!closed) fire("line", event);
      if (isEnded) fire("done");
    };
    timers.push({ off: false, action: () => speak(late) });
    return { readyState: 1, addEventListener: (type, listener) => void listeners.set(type, listener), close: () => void (closed = true) };
  };
  const reader = createLogReader({
    urlFrom: (offset) => offset,
    openStream,
    openPiece: async (offset) => {
      asked += 1;
      return new Response(
        from(offset)
          .slice(0, 20_000)
          .map(({ data, lastEventId }) => `id: ${lastEventId}\nevent: line\ndata: ${data}\n\n`)
          .join(""),
      );
    },
    openWhole: async () => new Response(lines.map((line) => `${line}\n`).join(""), { headers: { "content-length": String(ends.at(-1) ?? 0) } }),
    sizeOf: async () => ends.at(-1) ?? 0,
    onState: () => undefined,
    onRefused: () => undefined,
    later: (action) => {
      const timer = { action, off: false };
      timers.push(timer);
      return () => void (timer.off = true);
    },
  });
  /** Lets everything happen that is due. */
  const settle = async () => {
    for (let quiet = 0; quiet < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const due = timers.splice(0);
      quiet = due.length === 0 ? quiet + 1 : 0;
      for (const { action, off } of due) if (!off) action();
    }
  };
  /** What is held must be one stretch of the log, to the letter, and bounded. */
  const check = () => {
    const state = reader.get();
    const first = ends.findIndex((end) => end > state.start);
    expect(state.lines.map(({ text }) => text)).toEqual(lines.slice(first, first + state.lines.length));
    for (const { number, text } of [state.lines[0], state.lines.at(-1)].filter((line) => line !== undefined))
      if (number !== undefined) expect(text).toMatch(new RegExp(`^line ${number} `));
    expect(state.lines.length).toBeLessThanOrEqual(limits.lines + 12_000);
    return state;
  };
  return { reader, lines, ends, say, settle, check, asked: () => asked, streams: () => streams, openings: () => openedFrom };
}

test("a short log is here from its first line to its last, before anything is streamed", async () => {
  const { reader, settle, check, openings } = scene(40);
  await new Promise<void>((resolve) => void reader.subscribe(resolve));
  expect(check()).toMatchObject({ start: 0, stream: "connecting" });
  expect(reader.get().lines).toHaveLength(40);
  await settle();
  expect(openings()).toEqual([String(reader.get().end)]);
  expect(check()).toMatchObject({ start: 0, stream: "ended", hasNewer: false });
  expect(reader.get().lines).toHaveLength(40);
});

test("of a long log the end is here at once; going back brings what is before, to the very first line, and drops what is far below", async () => {
  const { reader, settle, check, ends, lines } = scene(60_000);
  await settle();
  expect(check()).toMatchObject({ end: ends.at(-1), stream: "ended" });
  expect(reader.get().start).toBeGreaterThan(0);
  reader.setFollows(false);
  for (let step = 0; step < 60 && reader.get().start > 0; step++) {
    reader.loadOlder();
    await settle();
    check();
  }
  const top = reader.get();
  expect([top.start, top.lines[0]?.number, top.hasNewer]).toEqual([0, 1, true]);
  expect(top.lines.length).toBeLessThanOrEqual(limits.lines);
  for (let step = 0; step < 60 && reader.get().hasNewer; step++) {
    reader.loadNewer();
    await settle();
    check();
  }
  expect(reader.get().lines.at(-1)).toMatchObject({ text: lines.at(-1), number: 60_000 });
}, 60_000);

test("any place can be gone to, also the middle of a line, and the end from there", async () => {
  const { reader, settle, check, ends } = scene(60_000);
  await settle();
  reader.jump(ends[30_000]! - 3);
  await settle();
  const there = check();
  expect(there.start).toBeLessThanOrEqual(ends[30_000]!);
  expect(there.end).toBeGreaterThan(ends[30_000]!);
  expect(there.hasNewer).toBe(true);
  reader.toEnd();
  await settle();
  expect(check()).toMatchObject({ end: ends.at(-1), hasNewer: false });
});

test("the line that was jumped to is there before those above it, however late its stream is: the list has no other place to keep", async () => {
  const { reader, settle, ends } = scene(60_000, true, 10);
  await settle();
  const starts: number[] = [];
  reader.subscribe(() => {
    const { lines, start } = reader.get();
    if (lines.length > 0) starts.push(start);
  });
  reader.jump(ends[30_000]!);
  await settle();
  expect(starts[0]).toBe(ends[30_000]);
  expect(starts.at(-1)).toBeLessThan(ends[30_000]!);
});

test("a live log that is followed is bounded; whoever reads further up isn't pushed, and takes it up again at the end", async () => {
  const { reader, say, settle, check, ends, lines } = scene(10, false);
  await settle();
  const sayMore = async (count: number) => {
    for (let line = 0; line < count; line++) say(`line ${lines.length + 1} more`);
    reader.reopen();
    await settle();
  };
  await sayMore(limits.lines + 2_000);
  expect(check().lines.length).toBeLessThanOrEqual(limits.lines);
  expect(reader.get().lines.at(-1)?.number).toBe(lines.length);
  reader.setFollows(false);
  const { start } = reader.get();
  await sayMore(4_000);
  expect(check()).toMatchObject({ start, hasNewer: true });
  reader.toEnd();
  await settle();
  expect(check()).toMatchObject({ end: ends.at(-1), hasNewer: false });
});

test("a seeded walk through a log always holds one true stretch of it", async () => {
  const { reader, settle, check, ends } = scene(30_000);
  let seed = 11;
  const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
  await settle();
  for (let step = 0; step < 60; step++) {
    const choice = random(6);
    if (choice === 0) reader.jump(random(ends.at(-1)!));
    else if (choice === 1) reader.toEnd();
    else if (choice === 2) reader.setFollows(random(2) === 0);
    else if (choice < 5) reader.loadOlder();
    else reader.loadNewer();
    if (random(3) > 0) await settle();
  }
  await settle();
  check();
}, 60_000);
