import { join } from "node:path";
import { type JobState, jobStates } from "@freehold/kernel/api/job-state";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isWhatItsSpecSays } from "../../../tests/support/state-table.ts";
import { isFinal, jobEvents, transitions, type JobEvent } from "./job-states.ts";

isWhatItsSpecSays({ spec: join(import.meta.dirname, "../SPEC.md"), states: jobStates, events: jobEvents, transitions });

const asked: readonly JobEvent[] = ["retry-requested", "resume-requested"];

test("an ended job never changes again, whatever happens, unless more of it is asked for", () => {
  const unasked = jobEvents.filter((event) => !asked.includes(event));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...unasked)), (events) => {
      let state: JobState = "queued";
      let end: JobState | undefined;
      for (const event of events) {
        state = transitions[state][event] ?? state;
        if (isFinal(state)) end ??= state;
      }
      expect(end ?? state).toBe(state);
    }),
  );
});

test("from each state that is no end, a job can be claimed, answered or let go on, and cancelled", () => {
  const wayOut: Record<string, JobEvent> = {
    queued: "claimed",
    "waiting-for-limit": "limit-passed",
    running: "attempt-succeeded",
    "waiting-for-approval": "approval-answered",
  };
  for (const state of jobStates.filter((one) => !isFinal(one))) {
    expect(transitions[state][wayOut[state] as JobEvent]).not.toBeNull();
    expect(transitions[state]["cancel-requested"]).not.toBeNull();
  }
});
