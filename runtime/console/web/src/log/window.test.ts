import { expect, test } from "@jest/globals";
import { LogWindow, keyOf, limits, searchRows } from "./window.ts";

const use = (id: string) => JSON.stringify({ type: "assistant", message: { content: [{ type: "tool_use", id, name: "Bash", input: { command: "make" } }] } });
const result = (id: string) => JSON.stringify({ type: "user", message: { content: [{ type: "tool_result", tool_use_id: id, content: "Compiled 12 files" }] } });

test("lines that come have their numbers and their rows; a result joins its call", () => {
  const window = new LogWindow();
  window.append(use("a"), 100);
  window.append(result("a"), 200);
  window.append("A plain line", 213);
  const { rows, lines, start, end } = window.snapshot(false);
  expect([start, end, rows.length, lines.map(({ number }) => number)]).toEqual([0, 213, 2, [1, 2, 3]]);
  expect(rows[0]).toMatchObject({ kind: "tool", result: { text: "Compiled 12 files" } });
  expect(searchRows(rows, "COMPILED")).toHaveLength(1);
  expect(searchRows(rows, "plain LINE")).toHaveLength(1);
  expect(searchRows(rows, " ")).toHaveLength(2);
  expect(searchRows(rows, "nowhere")).toHaveLength(0);
});

test("a log that is read backwards: a result without its call stands alone until the call is there; numbers come with the first line", () => {
  const window = new LogWindow(1_000);
  window.append(result("a"), 1_100);
  window.append("next", 1_105);
  expect(window.snapshot(false).rows.map(({ kind }) => kind)).toEqual(["note", "note"]);
  expect(window.snapshot(false).lines.map(({ number }) => number)).toEqual([undefined, undefined]);
  const [, kept] = window.snapshot(false).rows;
  window.prepend(500, [
    { text: "before", end: 507 },
    { text: use("a"), end: 1_000 },
  ]);
  expect(window.snapshot(true).rows.map(({ kind }) => kind)).toEqual(["note", "tool", "note"]);
  expect(window.snapshot(true).rows[1]).toMatchObject({ result: { isError: false } });
  expect(keyOf(window.snapshot(true).rows[2]!)).toBe(keyOf(kept!));
  window.prepend(0, [{ text: "first", end: 500 }]);
  expect(window.snapshot(true).lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
});

test("what is beyond the limits is dropped at the end that is asked for, in whole pages", () => {
  const window = new LogWindow();
  const count = limits.lines + 3 * limits.pageLines;
  for (let line = 1; line <= count; line++) window.append(`line ${line}`, line * 10);
  expect(window.isFull).toBe(true);
  expect(window.trim("start")).toBe(true);
  const after = window.snapshot(true);
  expect(after.lines.length).toBeLessThanOrEqual(limits.lines);
  expect(after.lines[0]!.end).toBe(after.start + 10);
  expect(after.lines[0]!.number).toBe(after.start / 10 + 1);
  expect(after.end).toBe(count * 10);
  expect(window.trim("start")).toBe(false);
});

test("few lines, but long ones, are too much as well", () => {
  const window = new LogWindow();
  for (let line = 1; line <= 12; line++) window.append("x".repeat(1_000_000), line * 1_000_001);
  // One page of it all stays: what is in view is never dropped whole.
  expect([window.isFull, window.trim("end")]).toEqual([true, false]);
});
