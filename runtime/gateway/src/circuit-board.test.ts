import { expect, test } from "@jest/globals";
import { CircuitBoard } from "./circuit-board.ts";
import type { Fault } from "./circuit.ts";
import { createProviders, type Target } from "./provider.ts";
import { entryOf } from "./testing/fixtures.ts";

const [provider, other] = createProviders([entryOf({ name: "a", keys: ["k0", "k1"] }), entryOf({ name: "ab" })]);
const [first, second] = (provider?.targets ?? []) as [Target, Target];
const [third] = (other?.targets ?? []) as [Target];
const fault: Fault = { kind: "busy", text: "429 rate_limit_error", startedAt: 0, waitMs: 5_000, isHard: true };

const boardAt = (time: { now: number }) => new CircuitBoard(() => time.now);
const admitted = (board: CircuitBoard, model: string) => [first, second, third].map((target) => board.admits(target, model, false));

test.each([
  ["model", [false, true, true], [true, true, true]],
  ["key", [false, true, true], [false, true, true]],
  ["provider", [false, false, true], [false, false, true]],
] as const)("a failure of a %s closes that off and nothing else", (scope, same, others) => {
  const board = boardAt({ now: 1_000 });
  board.failed(first, { model: "opus", scope, fault });
  expect([admitted(board, "opus"), admitted(board, "haiku")]).toEqual([same, others]);
  expect(board.blockade(first, "opus")).toEqual({ kind: "busy", text: "429 rate_limit_error", waitMs: 5_000 });
  board.reset("a");
  expect(admitted(board, "opus")).toEqual([true, true, true]);
});

test("an answer that has come to its end leaves nothing behind; one that began before the failure says nothing", () => {
  const time = { now: 1_000 };
  const board = boardAt(time);
  board.failed(first, { model: "opus/x", scope: "model", fault });
  board.succeeded(first, "opus/x", 900);
  expect(board.view("a")).toMatchObject([{ key: 0, model: "opus/x", state: "open", nextProbeAt: 6_000 }]);
  time.now = 6_000;
  expect(board.admits(first, "opus/x", false)).toBe(true);
  expect(board.admits(first, "opus/x", false)).toBe(false);
  board.succeeded(first, "opus/x", 6_000);
  expect(board.view("a")).toEqual([]);
});

test("a probe that fails for another reason frees the wider circuit for the next probe", () => {
  const time = { now: 1_000 };
  const board = boardAt(time);
  board.failed(first, { model: "opus", scope: "provider", fault });
  time.now = 10_000;
  expect(board.admits(first, "opus", false)).toBe(true);
  board.failed(first, { model: "opus", scope: "model", fault: { ...fault, startedAt: 10_000 } });
  expect(board.admits(second, "opus", false)).toBe(true);
});

test("callers can't fill the memory with names of models", () => {
  const board = boardAt({ now: 0 });
  for (let index = 0; index < 3_000; index++) board.failed(first, { model: `m${index}`, scope: "model", fault });
  expect(board.view("a")).toHaveLength(1_000);
  expect(board.admits(first, "m2999", false)).toBe(false);
});
