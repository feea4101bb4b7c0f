import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBodyBudget } from "./body-budget.ts";

const mb = 1024 * 1024;
const forever = new AbortController().signal;

/** Takes a turn of the event loop, so that whoever may enter has entered. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function enter(budget: ReturnType<typeof createBodyBudget>, bytes: number, signal = forever) {
  const state: { release: (() => void) | undefined; error: unknown } = { release: undefined, error: undefined };
  budget.admit(bytes, signal).then(
    (release) => (state.release = release),
    (error: unknown) => (state.error = error),
  );
  return state;
}

test("large bodies wait for room, in their order; small ones pass them", async () => {
  const budget = createBodyBudget(10 * mb);
  const [first, second, third, small] = [enter(budget, 6 * mb), enter(budget, 6 * mb), enter(budget, mb), enter(budget, 48 * 1024)];
  await settled();
  expect([first, second, third, small].map(({ release }) => release !== undefined)).toEqual([true, false, false, true]);
  first.release?.();
  await settled();
  expect([second, third].map(({ release }) => release !== undefined)).toEqual([true, true]);
});

test("a body bigger than the whole budget gets in alone", async () => {
  const budget = createBodyBudget(10 * mb);
  const [giant, next] = [enter(budget, 30 * mb), enter(budget, mb)];
  await settled();
  expect([giant.release !== undefined, next.release]).toEqual([true, undefined]);
  giant.release?.();
  giant.release?.();
  const again = enter(budget, 10 * mb);
  await settled();
  expect([next.release !== undefined, again.release]).toEqual([true, undefined]);
});

test("who leaves while waiting makes way for those behind", async () => {
  const budget = createBodyBudget(10 * mb);
  const left = new AbortController();
  const [first, second, third] = [enter(budget, 6 * mb), enter(budget, 9 * mb, left.signal), enter(budget, 2 * mb)];
  left.abort(new Error("left"));
  await settled();
  expect([first.release !== undefined, second.error, third.release !== undefined]).toEqual([true, new Error("left"), true]);
});

test("whatever comes and goes, never more than the budget is inside, and all get their turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: mb, max: 15 * mb }), { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), async (sizes, leavers) => {
      const budget = createBodyBudget(10 * mb);
      const controllers = sizes.map(() => new AbortController());
      const states = sizes.map((bytes, index) => ({ bytes, state: enter(budget, bytes, controllers[index]?.signal) }));
      for (const index of leavers) controllers[index % Math.max(1, sizes.length)]?.abort(new Error("left"));
      const inside = () => states.filter(({ state }) => state.release !== undefined);
      let released = 0;
      for (let turn = 0; turn <= sizes.length; turn++) {
        await settled();
        expect(inside().reduce((sum, { bytes }) => sum + Math.min(bytes, 10 * mb), 0)).toBeLessThanOrEqual(10 * mb);
        const one = inside()[0];
        if (one === undefined) break;
        one.state.release?.();
        one.state.release = undefined;
        released += 1;
      }
      expect(released + states.filter(({ state }) => state.error !== undefined).length).toBe(sizes.length);
    }),
    { numRuns: 200 },
  );
});
