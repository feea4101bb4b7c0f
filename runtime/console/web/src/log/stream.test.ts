import { expect, test } from "@jest/globals";
import { followLog, type Source, type StreamState } from "./stream.ts";

function scene() {
  const opened: { url: string; fire: (type: string, event?: object) => void; closed: boolean; refuse: () => void }[] = [];
  const waits: { action: () => void; ms: number; cancelled: boolean }[] = [];
  const states: StreamState[] = [];
  const lines: string[] = [];
  let refusals = 0;
  const open = (url: string): Source => {
    const listeners = new Map<string, (event: MessageEvent<string>) => void>();
    let readyState = 0;
    const entry = {
      url,
      closed: false,
      fire: (type: string, event: object = {}) => listeners.get(type)?.(event as MessageEvent<string>),
      refuse: () => {
        readyState = 2;
        entry.fire("error");
      },
    };
    opened.push(entry);
    return {
      get readyState() {
        return readyState;
      },
      addEventListener: (type, listener) => void listeners.set(type, listener),
      close: () => void (entry.closed = true),
    };
  };
  const later = (action: () => void, ms: number) => {
    const wait = { action, ms, cancelled: false };
    waits.push(wait);
    return () => void (wait.cancelled = true);
  };
  const stream = followLog({
    urlFrom: (offset) => `/log?offset=${offset}`,
    open,
    onLine: (text) => lines.push(text),
    onState: (state) => states.push(state),
    onRefused: () => (refusals += 1),
    later,
  });
  return { stream, opened, waits, states, lines, refusals: () => refusals };
}

test("lines come in, and after a broken connection the log goes on from the last byte", () => {
  const { opened, waits, states, lines } = scene();
  expect(opened[0]!.url).toBe("/log?offset=0");
  opened[0]!.fire("open");
  opened[0]!.fire("line", { data: "a", lastEventId: "120" });
  opened[0]!.fire("error");
  expect(opened[0]!.closed).toBe(true);
  expect(waits[0]!.ms).toBe(1_000);
  waits[0]!.action();
  expect(opened[1]!.url).toBe("/log?offset=120");
  opened[1]!.fire("open");
  opened[1]!.fire("line", { data: "b", lastEventId: "240" });
  opened[0]!.fire("line", { data: "late", lastEventId: "130" });
  expect(lines).toEqual(["a", "b"]);
  expect(states).toEqual(["connecting", "live", "reconnecting", "live"]);
});

test("a server that refuses is asked ever more slowly, at most each 15 seconds, and at once when the network is back", () => {
  const { stream, opened, waits, refusals } = scene();
  for (let round = 0; round < 6; round++) {
    opened.at(-1)!.refuse();
    waits.at(-1)!.action();
  }
  expect(waits.map(({ ms }) => ms)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(refusals()).toBe(6);
  opened.at(-1)!.refuse();
  stream.reopen();
  expect(waits.at(-1)!.cancelled).toBe(true);
  opened.at(-1)!.fire("open");
  opened.at(-1)!.fire("error");
  expect(waits.at(-1)!.ms).toBe(1_000);
});

test("the end of the log ends the connection for good", () => {
  const { stream, opened, states } = scene();
  opened[0]!.fire("done", { data: '{"state":"succeeded"}' });
  expect(opened[0]!.closed).toBe(true);
  opened[0]!.fire("error");
  stream.reopen();
  expect(opened).toHaveLength(1);
  expect(states.at(-1)).toBe("ended");
});

test("a page that is left leaves no connection and no retry behind", () => {
  const { stream, opened, waits } = scene();
  opened[0]!.fire("error");
  stream.close();
  stream.reopen();
  expect(waits[0]!.cancelled).toBe(true);
  expect(opened).toHaveLength(1);
});

test("who pauses gets nothing more, and goes on from the same place", () => {
  const { stream, opened, lines } = scene();
  opened[0]!.fire("line", { data: "a", lastEventId: "120" });
  stream.pause();
  stream.reopen();
  expect([opened.length, opened[0]!.closed]).toEqual([1, true]);
  stream.resume();
  stream.resume();
  expect(opened.map(({ url }) => url)).toEqual(["/log?offset=0", "/log?offset=120"]);
  opened[1]!.fire("line", { data: "b", lastEventId: "240" });
  expect(lines).toEqual(["a", "b"]);
});
