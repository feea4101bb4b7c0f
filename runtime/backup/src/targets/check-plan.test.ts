import { expect, test } from "@jest/globals";
import { CheckPlan } from "./check-plan.ts";

const hour = 3_600_000;

test.each([
  ["is due before the first", 6, undefined, 0, true],
  ["is not due after five hourly snapshots", 6, 10 * hour, 15 * hour, false],
  ["is due with the sixth, though it begins a little earlier in its hour", 6, 10 * hour + 60_000, 16 * hour, true],
  ["is due after each where that is wanted", 0, 10 * hour, 10 * hour, true],
  ["is due when the clock was put back", 6, 10 * hour, 9 * hour, true],
] as const)("a check %s", (_what, everyHours, checkedAt, at, due) => {
  const clock = { at: checkedAt ?? 0, now: () => clock.at };
  const plan = new CheckPlan(everyHours, clock);
  if (checkedAt !== undefined) plan.done();
  clock.at = at;
  expect(plan.due).toBe(due);
});
