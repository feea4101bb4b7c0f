import { expect, test } from "@jest/globals";
import { planAdmission } from "./admission.ts";
import type { TenantRow } from "./tenant.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1_000);

/** Only what admission reads. */
const row = (id: string, more: Partial<TenantRow> = {}) =>
  ({
    id,
    state: "waiting",
    desired: "awake",
    stateAt: ago(10),
    lastActiveAt: null,
    readyAt: ago(3_600),
    memoryMb: 1_000,
    reservedMb: 0,
    idleMinutes: 30,
    deaths: [],
    ...more,
  }) as unknown as TenantRow;
const waking = (id: string, more: Partial<TenantRow> = {}) => row(id, { state: "waking", reservedMb: 1_000, ...more });
const awake = (id: string) => row(id, { state: "awake", reservedMb: 1_000 });
const failing = { deaths: [ago(90), ago(40)] };

function plan(rows: readonly TenantRow[], { startsAtOnce = 2, totalMb = 100_000 } = {}) {
  const waiting = rows.filter(({ state }) => state === "waiting");
  const { admit, evict } = planAdmission(rows, waiting, { now, totalMb, startsAtOnce, evictIdleMs: 60_000 });
  return { admit: admit.map(({ id }) => id), evict: evict.map(({ row: { id } }) => id), forWhom: evict.map(({ forWhom }) => forWhom) };
}

const hundred = Array.from({ length: 100 }, (_, index) => row(`u${index}`, { stateAt: ago(index) }));

test.each([1, 2, 7])("[T18] of a hundred that are wanted at once %i start, those that wait for longest", (startsAtOnce) => {
  const expected = Array.from({ length: startsAtOnce }, (_, index) => `u${99 - index}`);
  expect(plan(hundred, { startsAtOnce }).admit).toEqual(expected);
});

test("[T18] those that start already have their places", () => {
  expect(plan([waking("a"), ...hundred]).admit).toEqual(["u99"]);
  expect(plan([waking("a"), waking("b"), ...hundred]).admit).toEqual([]);
});

test("[T18] nobody falls asleep for one that could not start yet", () => {
  const full = { totalMb: 4_000 };
  expect(plan([waking("a"), waking("b"), awake("c"), awake("d"), row("e")], full)).toEqual({ admit: [], evict: [], forWhom: [] });
  expect(plan([waking("a"), awake("b"), awake("c"), awake("d"), row("e"), row("f")], full)).toEqual({ admit: [], evict: ["b"], forWhom: ["e"] });
});

test("[T5] for as many as could start others make place at one time, for the one who waits for longest first", () => {
  const full = { totalMb: 4_000 };
  const idle = (id: string, seconds: number) => row(id, { state: "awake", reservedMb: 1_000, lastActiveAt: ago(seconds), readyAt: null });
  const [e, f] = [row("e", { stateAt: ago(20) }), row("f", { stateAt: ago(30) })];
  const rows = [idle("a", 100), idle("b", 400), idle("c", 300), idle("d", 10)];
  expect(plan([...rows, e, f, row("g")], full)).toEqual({ admit: [], evict: ["b", "c"], forWhom: ["f", "e"] });
  // One goes already, so that one more has to.
  const leaving = row("a", { state: "falling-asleep", desired: "asleep", reservedMb: 1_000 });
  expect(plan([leaving, ...rows.slice(1), e, f], full)).toEqual({ admit: [], evict: ["b"], forWhom: ["e"] });
  // Who waits behind a large one that finds no place gets none that would be too small for it.
  const large = row("f", { memoryMb: 4_000, stateAt: ago(30) });
  expect(plan([...rows, e, large], full)).toEqual({ admit: [], evict: [], forWhom: [] });
  expect(plan([...rows, e, large], { totalMb: 5_000 })).toEqual({ admit: [], evict: ["b", "c", "a"], forWhom: ["f", "f", "f"] });
});

test("[T18] those that fail again and again leave one place to the others, and are passed by meanwhile", () => {
  const other = row("other", { stateAt: ago(1) });
  const rows = [waking("bad", failing), row("worse", { ...failing, stateAt: ago(30) }), other];
  expect(plan(rows).admit).toEqual(["other"]);
  expect(plan(rows, { startsAtOnce: 3 }).admit).toEqual(["worse", "other"]);
});

test("[T18] where one place is all there is, one that fails again and again takes its turn in it", () => {
  const rows = [row("bad", { ...failing, stateAt: ago(30) }), row("good")];
  expect(plan(rows, { startsAtOnce: 1 }).admit).toEqual(["bad"]);
  expect(plan(rows).admit).toEqual(["bad", "good"]);
});

test("[T18] deaths of before it was last ready, and a single one since, are no failing", () => {
  const old = row("old", { deaths: [ago(7_200), ago(7_100), ago(40)] });
  expect(plan([waking("bad", failing), old]).admit).toEqual(["old"]);
  const never = row("never", { ...failing, readyAt: null });
  expect(plan([waking("bad", failing), never]).admit).toEqual([]);
});
