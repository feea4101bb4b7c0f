import { expect, test } from "@jest/globals";
import type { Outlet } from "./outlet.ts";
import { StreamSink } from "./stream-sink.ts";
import { event } from "./testing/fixtures.ts";

test("a provider that was held back by a slow reader is not taken for a silent one when the reader goes on", () => {
  const outlet = { writableNeedDrain: false, writableEnded: false, write: () => false, end() {} } as unknown as Outlet & { writableNeedDrain: boolean };
  const hooks = { openStream() {}, commit() {}, pause() {}, settle() {}, failEarly() {}, cutShort() {} };
  const sink = new StreamSink(outlet, hooks, 0);
  sink.data(Buffer.from(event("message_start", { message: {} })), 0);
  outlet.writableNeedDrain = true;
  expect(sink.silentFor(500_000)).toBe(0);
  outlet.writableNeedDrain = false;
  sink.resumed(500_000);
  expect(sink.silentFor(500_010)).toBe(10);
});
