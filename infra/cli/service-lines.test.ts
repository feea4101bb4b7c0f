import { expect, test } from "@jest/globals";
import { parseLine, renderLine } from "./service-lines.ts";

const render = (line: object) => renderLine(parseLine(JSON.stringify(line)) ?? {});

test("warnings and errors of a service are shown in short, its other words are not", () => {
  const common = { time: "2026-01-01T00:00:00.000Z", service: "gateway" };
  expect(render({ level: "warn", ...common, pending: 3, error: { message: "no way", stack: "Error: no way\n at x" }, event: "books.waiting" })).toBe(
    'warn: books.waiting pending=3 error="no way"',
  );
  expect(render({ level: "info", ...common, event: "key.made" })).toBeUndefined();
  expect(render({ level: "error", ...common, reason: "is told at the end", event: "service.start-failed" })).toBeUndefined();
});

test("what a service says to people is no log line", () => {
  for (const text of ["", "The gateway listens on http://127.0.0.1:4010", '{"level":"warn"', "{}"]) expect(parseLine(text)).toBeUndefined();
});
