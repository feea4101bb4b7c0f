import { expect, test } from "@jest/globals";
import { searchLines } from "./log-search.ts";

async function* cut(all: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}
const limits = { from: 0, lines: 100, bytes: 1e9 };

test("lines are found whatever their case, with their places, however the log is cut into chunks", async () => {
  const lines = ["One İstanbul", "two Needle", "", "drei näedle ÜBER", "NEEDLE at the end", "a needle whose line goes on"];
  const all = Buffer.from(lines.join("\n"));
  const startOf = (line: number) =>
    Buffer.byteLength(
      lines
        .slice(0, line)
        .map((text) => `${text}\n`)
        .join(""),
    );
  const found = (line: number) => ({ start: startOf(line), end: startOf(line + 1), text: lines[line] });
  for (let size = 1; size <= all.length; size++)
    expect(await searchLines(cut(all, size), "needle", limits)).toEqual({ lines: [found(1), found(4)], nextOffset: startOf(5), isOver: true });
  expect((await searchLines(cut(all, 7), "über", limits)).lines).toEqual([found(3)]);
  expect((await searchLines(cut(all.subarray(startOf(1)), 7), "needle", { ...limits, from: startOf(1) })).lines).toEqual([found(1), found(4)]);
});

test("a search goes on where it stopped, at so many lines or bytes, and finds each line once", async () => {
  const all = Buffer.from("xxx\nno\n".repeat(50));
  const starts: number[] = [];
  let from = 0;
  for (let stops = 0, isDone = false; !isDone; stops++) {
    expect(stops).toBeLessThan(60);
    const { lines, nextOffset, isOver } = await searchLines(cut(all.subarray(from), 5), "x", { from, lines: 3, bytes: 40 });
    starts.push(...lines.map(({ start }) => start));
    if (!isOver) expect(nextOffset).toBeGreaterThan(from);
    from = nextOffset;
    isDone = isOver;
  }
  expect(starts).toEqual(Array.from({ length: 50 }, (_, index) => index * 7));
});

test("of a long line what stands around the place is shown", async () => {
  const [line] = (await searchLines(cut(Buffer.from(`${"a".repeat(5_000)}NEEDLE${"b".repeat(5_000)}\n`), 1_000), "needle", limits)).lines;
  expect(line).toEqual({ start: 0, end: 10_007, text: `…${"a".repeat(200)}NEEDLE${"b".repeat(200)}…` });
});
