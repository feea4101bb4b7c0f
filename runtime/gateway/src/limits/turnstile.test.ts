import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { Refused } from "./ledger.ts";
import { Turnstile, type Entrant, type Tried } from "./turnstile.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A place with room for so many, who come by name. */
function placeOf(room: number, longest = 10) {
  const state = { room, inside: [] as string[], waiting: 0, undone: [] as string[], short: "concurrent" as Refused["short"], waitMs: 0 };
  const turnstile = new Turnstile<string>({ longest, onWaiting: (change) => (state.waiting += change) });
  const entrant = (name: string, more: Partial<Entrant<string>> = {}): Entrant<string> => ({
    lane: name.slice(0, 1),
    try: async () => {
      await Promise.resolve();
      if (state.inside.length >= state.room) return { refused: { short: state.short, waitMs: state.waitMs } };
      state.inside.push(name);
      return { granted: name };
    },
    undo: (granted) => void state.undone.push(granted),
    maxWaitMs: 10_000,
    ...more,
  });
  const enter = async (name: string, more?: Partial<Entrant<string>>) => tell(await turnstile.enter(entrant(name, more)));
  const leave = async (name: string) => {
    state.inside.splice(state.inside.indexOf(name), 1);
    turnstile.freed();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { state, turnstile, enter, leave };
}
const tell = (tried: Tried<string>) => ("granted" in tried ? tried.granted : tried.refused.short);

test("those who wait pass in turn by lane as others leave", async () => {
  const { state, enter, leave } = placeOf(1);
  await enter("z0");
  const passed: string[] = [];
  for (const name of ["a1", "a2", "a3", "b1"]) void enter(name).then((who) => passed.push(who));
  await jest.advanceTimersByTimeAsync(0);
  expect(state.waiting).toBe(4);
  for (const name of ["z0", "a1", "b1", "a2", "a3"]) await leave(name);
  expect([passed, state.waiting]).toEqual([["a1", "b1", "a2", "a3"], 0]);
});

test("a newcomer does not pass those who wait, even when there is room", async () => {
  const { state, enter, turnstile } = placeOf(0);
  const first = enter("a1");
  await jest.advanceTimersByTimeAsync(0);
  state.room = 1;
  const second = enter("b1");
  turnstile.freed();
  expect(await first).toBe("a1");
  await jest.advanceTimersByTimeAsync(10_000);
  expect(await second).toBe("concurrent");
});

test("nobody waits longer than allowed, nor for what waiting can't mend, nor when it takes too long anyway", async () => {
  const { state, enter } = placeOf(0);
  const waits = enter("a1");
  await jest.advanceTimersByTimeAsync(9_999);
  expect(state.waiting).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect([await waits, state.waiting]).toEqual(["concurrent", 0]);
  state.short = "budget-day";
  expect(await enter("a2")).toBe("budget-day");
  state.short = "requests";
  state.waitMs = 10_001;
  expect(await enter("a3")).toBe("requests");
});

test("room that another process freed is found without being told", async () => {
  const { state, enter } = placeOf(0);
  const waits = enter("a1");
  await jest.advanceTimersByTimeAsync(50);
  state.room = 1;
  await jest.advanceTimersByTimeAsync(200);
  expect(await waits).toBe("a1");
});

test("who leaves while its turn is being judged gives back what it gets", async () => {
  const { state, enter, turnstile } = placeOf(0);
  const left = new AbortController();
  const waits = enter("a1", { signal: () => left.signal });
  await jest.advanceTimersByTimeAsync(0);
  state.room = 1;
  turnstile.freed();
  left.abort();
  expect(await waits).toBe("concurrent");
  await jest.advanceTimersByTimeAsync(0);
  expect([state.undone, state.waiting]).toEqual([["a1"], 0]);
});

test("a crowded queue sends the newest of its longest lane away", async () => {
  const { enter } = placeOf(0, 2);
  const [first, second] = [enter("a1"), enter("a2")];
  await jest.advanceTimersByTimeAsync(0);
  const other = enter("b1");
  expect(await second).toBe("concurrent");
  await jest.advanceTimersByTimeAsync(10_000);
  expect([await first, await other]).toEqual(["concurrent", "concurrent"]);
});
