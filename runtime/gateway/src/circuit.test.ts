import { expect, test } from "@jest/globals";
import { Circuit, type CircuitState, type Fault } from "./circuit.ts";

const fault = (more: Partial<Fault> = {}): Fault => ({ kind: "down", text: "500", startedAt: 0, waitMs: undefined, isHard: false, ...more });

/** Brings a circuit into a state at the time 10,000. */
const made: Record<CircuitState | "open-hard" | "probing", () => Circuit> = {
  closed: () => new Circuit(),
  open: () => failedAt(9_500),
  "open-hard": () => failedAt(9_500, { waitMs: 60_000, isHard: true }),
  "half-open": () => failedAt(5_000),
  probing: () => {
    const circuit = failedAt(5_000);
    circuit.began(9_900);
    return circuit;
  },
};

function failedAt(at: number, more: Partial<Fault> = {}): Circuit {
  const circuit = new Circuit();
  circuit.failed(fault({ startedAt: at - 10, ...more }), at);
  return circuit;
}

const events: Record<string, (circuit: Circuit) => void> = {
  "fails (a new attempt)": (circuit) => circuit.failed(fault({ startedAt: 9_990 }), 10_000),
  "fails (an attempt from before)": (circuit) => circuit.failed(fault({ startedAt: 1_000 }), 10_000),
  "answers (a new attempt)": (circuit) => circuit.answered(9_990),
  "answers (an attempt from before)": (circuit) => circuit.answered(1_000),
  "is left": (circuit) => circuit.abandoned(),
};

/** State, failures, whether one more is admitted, and whether as a last resort. */
type After = [CircuitState, number, boolean, boolean];
const table: Record<keyof typeof made, Record<keyof typeof events, After>> = {
  closed: {
    "fails (a new attempt)": ["open", 1, false, true],
    "fails (an attempt from before)": ["open", 1, false, true],
    "answers (a new attempt)": ["closed", 0, true, true],
    "answers (an attempt from before)": ["closed", 0, true, true],
    "is left": ["closed", 0, true, true],
  },
  open: {
    "fails (a new attempt)": ["open", 2, false, true],
    "fails (an attempt from before)": ["open", 1, false, true],
    "answers (a new attempt)": ["closed", 1, true, true],
    "answers (an attempt from before)": ["open", 1, false, true],
    "is left": ["open", 1, false, true],
  },
  "open-hard": {
    "fails (a new attempt)": ["open", 2, false, true],
    "fails (an attempt from before)": ["open", 1, false, false],
    "answers (a new attempt)": ["closed", 1, true, true],
    "answers (an attempt from before)": ["open", 1, false, false],
    "is left": ["open", 1, false, false],
  },
  "half-open": {
    "fails (a new attempt)": ["open", 2, false, true],
    "fails (an attempt from before)": ["half-open", 1, true, true],
    "answers (a new attempt)": ["closed", 1, true, true],
    "answers (an attempt from before)": ["half-open", 1, true, true],
    "is left": ["half-open", 1, true, true],
  },
  probing: {
    "fails (a new attempt)": ["open", 2, false, true],
    "fails (an attempt from before)": ["half-open", 1, false, true],
    "answers (a new attempt)": ["closed", 1, true, true],
    "answers (an attempt from before)": ["half-open", 1, false, true],
    "is left": ["half-open", 1, true, true],
  },
};

for (const [state, row] of Object.entries(table))
  test.each(Object.entries(row))(`a circuit that is ${state}: its provider %s`, (event, after) => {
    const circuit = made[state as keyof typeof made]();
    (events[event] as (circuit: Circuit) => void)(circuit);
    expect([circuit.state(10_000), circuit.failures, circuit.admits(10_000, false), circuit.admits(10_000, true)]).toEqual(after);
  });

test("waits double from one second on, up to a minute, and end once an answer has come to its end", () => {
  const circuit = new Circuit();
  const waits: number[] = [];
  for (let at = 100_000; waits.length < 8; at += 200_000) {
    circuit.failed(fault({ startedAt: at }), at);
    waits.push(circuit.waitMs(at));
    circuit.answered(at + 1);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  circuit.succeeded(10_000_000);
  circuit.failed(fault({ startedAt: 10_000_001 }), 10_000_001);
  expect(circuit.waitMs(10_000_001)).toBe(1_000);
});

test("what a provider asks for is kept to, also when an earlier attempt says it later; a day is the longest", () => {
  const circuit = failedAt(1_000, { waitMs: 7_000, isHard: true });
  expect(circuit.waitMs(1_000)).toBe(7_000);
  circuit.failed(fault({ startedAt: 500, waitMs: 20_000 }), 2_000);
  expect([circuit.waitMs(2_000), circuit.failures]).toEqual([20_000, 1]);
  expect(failedAt(0, { waitMs: 1e12, startedAt: 0 }).waitMs(0)).toBe(86_400_000);
});

test("after three failures in a row there is no last resort", () => {
  const circuit = new Circuit();
  const admitted = [1, 2, 3].map((count) => {
    circuit.failed(fault({ startedAt: count * 100_000 }), count * 100_000);
    return circuit.admits(count * 100_000, true);
  });
  expect(admitted).toEqual([true, true, false]);
});

test("one probe at a time; one that takes long makes room for another", () => {
  const circuit = failedAt(0);
  expect(circuit.admits(2_000, false)).toBe(true);
  circuit.began(2_000);
  expect([circuit.admits(2_001, false), circuit.waitMs(2_001), circuit.admits(7_000, false)]).toEqual([false, 4_999, true]);
});
