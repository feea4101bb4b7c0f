import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isWhatItsSpecSays } from "../../../../tests/support/state-table.ts";
import { type TenantState, tenantStates } from "@freehold/kernel/api/tenant";
import { tenantEvents, transitions } from "./tenant-states.ts";

isWhatItsSpecSays({ spec: join(import.meta.dirname, "../../SPEC.md"), states: tenantStates, events: tenantEvents, transitions });

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
