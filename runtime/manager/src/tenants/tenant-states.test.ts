import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { tenantEvents, tenantStates, transitions, type TenantState } from "./tenant-states.ts";

const rows = readFileSync(join(import.meta.dirname, "../../SPEC.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const [head, ...body] = rows;

test("SPEC.md has a row for each state and a column for each event", () => {
  expect(head?.slice(1)).toEqual([...tenantEvents]);
  expect(body.map((row) => row[0])).toEqual([...tenantStates]);
});

test.each(tenantStates.flatMap((state) => tenantEvents.map((event) => ({ state, event }))))(
  "in state $state the event $event does what SPEC.md says",
  ({ state, event }) => {
    const cell = body.find((row) => row[0] === state)?.[1 + tenantEvents.indexOf(event)];
    expect(transitions[state][event] ?? "–").toBe(cell);
  },
);

test("whatever happens to it, a tenant can still be removed, and a removed one can only be made anew", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...tenantEvents)), (events) => {
      let state: TenantState = "provisioning";
      for (const event of events) state = transitions[state][event] ?? state;
      const leaving: TenantState = transitions[state]["removal-wanted"] ?? state;
      expect(["removing", "removed"]).toContain(leaving);
    }),
  );
  expect(tenantEvents.filter((event) => transitions.removed[event] !== null)).toEqual(["provisioned"]);
});

test("no tenant is awake that was not admitted and did not become ready", () => {
  const into = (state: TenantState) =>
    tenantStates.flatMap((from) => tenantEvents.filter((event) => transitions[from][event] === state).map((event) => [from, event]));
  expect(into("awake")).toEqual([["waking", "became-ready"]]);
  expect(into("waking")).toEqual([["waiting", "admitted"]]);
});
