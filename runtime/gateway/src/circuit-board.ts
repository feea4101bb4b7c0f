import { Circuit, type CircuitState, type Fault, type FaultKind } from "./circuit.ts";
import type { Target } from "./provider.ts";

/** What of a provider a failure speaks of: all of it, one key, or one model with one key. */
export type FaultScope = "provider" | "key" | "model";

export interface CircuitView {
  key: number | null;
  model: string | null;
  state: CircuitState;
  failures: number;
  lastError: string;
  /** Units: milliseconds since 1970. */
  lastErrorAt: number;
  nextProbeAt: number | null;
}

export interface Blockade {
  kind: FaultKind;
  text: string;
  /** Units: milliseconds. */
  waitMs: number;
}

/** Model names come from callers, so that their number must have a bound. */
const mostCircuits = 1_000;

/** The circuits per provider, key and model. What has never failed has none, so that in good times nothing is looked up. */
export class CircuitBoard {
  readonly #now: () => number;
  readonly #circuits = new Map<string, Circuit>();

  /** Units: `now` in milliseconds since 1970, as all times here. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a target may be asked; if so, the request counts as the probe where one is due. */
  admits(target: Target, model: string, isLastResort: boolean): boolean {
    if (this.#circuits.size === 0) return true;
    const circuits = this.#of(target, model);
    const now = this.#now();
    if (!circuits.every((circuit) => circuit.admits(now, isLastResort))) return false;
    for (const circuit of circuits) circuit.began(now);
    return true;
  }

  failed(target: Target, { model, scope, fault }: { model: string; scope: FaultScope; fault: Fault }): void {
    const names = namesOf(target, model);
    const name = names[scope];
    let circuit = this.#circuits.get(name);
    if (circuit === undefined) {
      circuit = new Circuit();
      if (this.#circuits.size >= mostCircuits) for (const oldest of this.#circuits.keys()) if (this.#circuits.delete(oldest)) break;
      this.#circuits.set(name, circuit);
    }
    circuit.failed(fault, this.#now());
    // A probe of the wider circuits was answered, if only by a failure of a narrower kind.
    for (const other of this.#of(target, model)) if (other !== circuit) other.abandoned();
  }

  answered(target: Target, model: string, startedAt: number): void {
    if (this.#circuits.size === 0) return;
    for (const circuit of this.#of(target, model)) circuit.answered(startedAt);
  }

  /** An answer came to its end: the circuit is as good as new. */
  succeeded(target: Target, model: string, startedAt: number): void {
    if (this.#circuits.size === 0) return;
    for (const name of Object.values(namesOf(target, model))) {
      const circuit = this.#circuits.get(name);
      circuit?.succeeded(startedAt);
      if (circuit?.failures === 0) this.#circuits.delete(name);
    }
  }

  abandoned(target: Target, model: string): void {
    if (this.#circuits.size > 0) for (const circuit of this.#of(target, model)) circuit.abandoned();
  }

  /** What keeps a target from being asked now, with the longest wait of its circuits. */
  blockade(target: Target, model: string): Blockade | undefined {
    const now = this.#now();
    const [longest] = this.#of(target, model)
      .filter((circuit) => circuit.state(now) !== "closed")
      .toSorted((one, other) => other.waitMs(now) - one.waitMs(now));
    return longest?.last && { kind: longest.last.fault.kind, text: longest.last.fault.text, waitMs: longest.waitMs(now) };
  }

  /** Forgets all failures of a provider, since its owner says that it is well. */
  reset(provider: string): void {
    for (const name of this.#circuits.keys()) if (name === provider || name.startsWith(`${provider}/`)) this.#circuits.delete(name);
  }

  view(provider: string): CircuitView[] {
    const now = this.#now();
    return [...this.#circuits]
      .filter(([name]) => name === provider || name.startsWith(`${provider}/`))
      .map(([name, circuit]) => {
        const [, key, ...model] = name.split("/");
        const state = circuit.state(now);
        return {
          key: key === undefined ? null : Number(key),
          model: model.length === 0 ? null : model.join("/"),
          state,
          failures: circuit.failures,
          lastError: circuit.last?.fault.text ?? "",
          lastErrorAt: circuit.last?.at ?? 0,
          nextProbeAt: state === "closed" ? null : now + circuit.waitMs(now),
        };
      });
  }

  #of(target: Target, model: string): Circuit[] {
    return Object.values(namesOf(target, model)).flatMap((name) => this.#circuits.get(name) ?? []);
  }
}

const namesOf = ({ name, provider }: Target, model: string): Record<FaultScope, string> => ({ provider: provider.name, key: name, model: `${name}/${model}` });
