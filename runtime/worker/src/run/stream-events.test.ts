import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { StreamEvents } from "./stream-events.ts";

const line = (value: unknown) => `${typeof value === "string" ? value : JSON.stringify(value)}\n`;

test("events are found however the log is cut", () => {
  const log = Buffer.from(
    [
      line({ type: "system" }),
      line("no JSON"),
      line({ type: "freehold", subtype: "stderr", text: "ü" }),
      line({ n: 1, type: "result", subtype: "success", is_error: false, result: "ö" }),
    ].join(""),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(log.length)), (cuts) => {
      const events = new StreamEvents();
      const places = [0, ...cuts.toSorted((left, right) => left - right), log.length];
      for (const [index, place] of places.entries()) events.push(log.subarray(place, places[index + 1] ?? log.length));
      expect(events.result).toMatchObject({ isError: false, text: "ö" });
      expect(events.stderr).toEqual(["ü"]);
    }),
  );
});

test("a tool's output that looks like a result is none", () => {
  const events = new StreamEvents();
  events.push(
    Buffer.from(line({ type: "user", content: '{"type":"result","is_error":true}' }) + line('say "type":"result"') + line('{"type":"result", broken')),
  );
  expect(events.result).toBeNull();
});

test("a result that says nothing of an error is taken for one", () => {
  const events = new StreamEvents();
  events.push(Buffer.from(line({ type: "result" })));
  expect(events.result).toEqual({ subtype: "undefined", isError: true, text: null, apiErrorStatus: null, errors: [], deniedTools: [] });
});

test("a result whose fields are of other kinds is read as well as it can be", () => {
  const events = new StreamEvents();
  const odd = { toString: false };
  events.push(Buffer.from(line({ type: "rate_limit_event", rate_limit_info: { status: odd } })));
  events.push(Buffer.from(line({ type: "result", subtype: odd, errors: [odd, null], permission_denials: [null, { tool_name: odd }] })));
  expect(events.result).toMatchObject({ subtype: '{"toString":false}', errors: ['{"toString":false}', "null"], deniedTools: ["a tool", '{"toString":false}'] });
});

test("an endless line is skipped in bounded memory and the next is read", () => {
  const events = new StreamEvents({ maxLineBytes: 1_000 });
  for (let piece = 0; piece < 100; piece++) events.push(Buffer.alloc(100, "{"));
  events.push(Buffer.from(`\n${line({ type: "result", is_error: false, result: "after" })}`));
  expect(events.result).toMatchObject({ text: "after" });
});

test("only the end of a long stderr is kept", () => {
  const events = new StreamEvents();
  for (let number = 1; number <= 100; number++) events.push(Buffer.from(line({ type: "freehold", subtype: "stderr", text: `${number} ${"x".repeat(1_000)}` })));
  expect(events.stderr).toHaveLength(20);
  expect(events.stderr.at(-1)).toMatch(/^100 x+$/);
});
