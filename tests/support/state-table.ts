import { expect, test } from "@jest/globals";
import { tableRows } from "./markdown-tables.ts";

export interface StateMachine<State extends string, Event extends string> {
  /** Path of the SPEC.md whose only table is the machine's. */
  spec: string;
  states: readonly State[];
  events: readonly Event[];
  transitions: Record<State, Record<Event, State | null>>;
}

/** Holds a state machine against the table in its SPEC.md, cell by cell. */
export function isWhatItsSpecSays<State extends string, Event extends string>({ spec, states, events, transitions }: StateMachine<State, Event>): void {
  const [head, ...body] = tableRows(spec);

  test("SPEC.md has a row for each state and a column for each event", () => {
    expect(head?.slice(1)).toEqual([...events]);
    expect(body.map((row) => row[0])).toEqual([...states]);
  });

  test.each(states.flatMap((state) => events.map((event) => ({ state, event }))))(
    "in state $state the event $event does what SPEC.md says",
    ({ state, event }) => {
      const cell = body.find((row) => row[0] === state)?.[1 + events.indexOf(event)];
      expect(transitions[state][event] ?? "–").toBe(cell);
    },
  );
}
