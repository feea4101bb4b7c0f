import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isFinal, jobEvents, jobStates, transitions, type JobEvent, type JobState } from "./job-states.ts";

const rows = readFileSync(join(import.meta.dirname, "../SPEC.md"), "utf8")
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
  expect(head?.slice(1)).toEqual([...jobEvents]);
  expect(body.map((row) => row[0])).toEqual([...jobStates]);
});

test.each(jobStates.flatMap((state) => jobEvents.map((event) => ({ state, event }))))(
  "in state $state the event $event does what SPEC.md says",
  ({ state, event }) => {
    const cell = body.find((row) => row[0] === state)?.[1 + jobEvents.indexOf(event)];
    expect(transitions[state][event] ?? "–").toBe(cell);
  },
);

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
