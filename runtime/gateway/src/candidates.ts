import type { Call } from "./call.ts";
import type { CircuitBoard } from "./circuit-board.ts";
import type { Skipped } from "./final-answer.ts";
import type { Full, Grant, Pass, TargetGate } from "./pipeline.ts";
import type { Provider, Target } from "./provider.ts";
import { canServe } from "./request-needs.ts";

export interface CandidateParts {
  targets: readonly Target[];
  board: CircuitBoard;
  targetGate: TargetGate;
}

export interface Candidate {
  target: Target;
  /** By its name there. */
  model: string | undefined;
  pass: Pass;
}

/**
 * The targets for a call, one after the other: first the well ones in order of priority, then, as a last resort, those that have failed lately without saying for
 * how long, and the one that broke this very request.
 */
export class Candidates {
  readonly #parts: CandidateParts;
  readonly #call: Call;
  readonly #grant: Grant;
  readonly #avoided: string | undefined;
  readonly #tried: Target[] = [];
  #full: Map<Target, number> | undefined;
  #isLastResort = false;
  #queue: AbortController | undefined;

  constructor(parts: CandidateParts, { call, grant, avoided }: { call: Call; grant: Grant; avoided: string | undefined }) {
    this.#parts = parts;
    this.#call = call;
    this.#grant = grant;
    this.#avoided = avoided;
  }

  next(): Candidate | undefined | Promise<Candidate | undefined> {
    return this.#nextFrom(0);
  }

  /** The caller has left: nothing is waited for any more. */
  leave(): void {
    this.#queue?.abort();
  }

  /** Gives a candidate back that is not asked after all. */
  giveBack({ target, model, pass }: Candidate): void {
    pass.leave(undefined);
    this.#parts.board.abandoned(target, circuitModel(this.#call, model));
  }

  /** A target that was asked may be asked once more, for a request that was mended. */
  again(target: Target): void {
    this.#tried.splice(this.#tried.indexOf(target), 1);
  }

  /** No other key of this provider is asked for this call. */
  exclude(provider: Provider): void {
    for (const target of provider.targets) if (!this.#tried.includes(target)) this.#tried.push(target);
  }

  /** Why those were not asked that could have answered. */
  skipped(): Skipped[] {
    return this.#parts.targets.flatMap((target): Skipped[] => {
      if (this.#tried.includes(target) || !this.#suits(target)) return [];
      const { provider } = target;
      const waitMs = this.#full?.get(target);
      if (waitMs !== undefined) return [{ provider, kind: "busy", text: "full", waitMs }];
      const blockade = this.#parts.board.blockade(target, circuitModel(this.#call, this.#modelAt(target)));
      return blockade === undefined ? [] : [{ provider, ...blockade }];
    });
  }

  #nextFrom(index: number): Candidate | undefined | Promise<Candidate | undefined> {
    const { targets } = this.#parts;
    for (let at = index; at < targets.length; at++) {
      const target = targets[at] as Target;
      const found = this.#tried.includes(target) ? undefined : this.#admit(target);
      if (found instanceof Promise) return found.then((candidate) => candidate ?? this.#nextFrom(at + 1));
      if (found !== undefined) return found;
    }
    if (this.#isLastResort) return this.#standInLine();
    this.#isLastResort = true;
    return this.#nextFrom(0);
  }

  /** Nobody is left but those that are full: the call waits, once, for the one that will have room first. */
  #standInLine(): Candidate | undefined | Promise<Candidate | undefined> {
    if (this.#full === undefined || this.#queue !== undefined) return undefined;
    this.#queue = new AbortController();
    const [soonest] = [...this.#full].filter(([target]) => !this.#tried.includes(target)).toSorted(([, one], [, other]) => one - other);
    return soonest === undefined ? undefined : this.#admit(soonest[0], this.#queue.signal);
  }

  #admit(target: Target, queueUntil?: AbortSignal): Candidate | undefined | Promise<Candidate | undefined> {
    if (!this.#suits(target) || (target.provider.name === this.#avoided && !this.#isLastResort)) return undefined;
    if (queueUntil === undefined && this.#full?.has(target) === true) return undefined;
    const model = this.#modelAt(target);
    if (!this.#parts.board.admits(target, circuitModel(this.#call, model), this.#isLastResort)) return undefined;
    const pass = this.#parts.targetGate.enter(this.#call, target, model, queueUntil);
    return pass instanceof Promise ? pass.then((known) => this.#enter(target, model, known)) : this.#enter(target, model, pass);
  }

  #enter(target: Target, model: string | undefined, pass: Pass | Full): Candidate | undefined {
    if ("waitMs" in pass) {
      this.#full ??= new Map();
      this.#full.set(target, pass.waitMs);
      this.#parts.board.abandoned(target, circuitModel(this.#call, model));
      return undefined;
    }
    this.#tried.push(target);
    return { target, model, pass };
  }

  #suits({ provider }: Target): boolean {
    const { model } = this.#call.fields;
    if (this.#grant.providers?.has(provider.name) === false) return false;
    return canServe(provider.capabilities, this.#call.route, this.#call.body) && (model === undefined || provider.models.nameOf(model) !== undefined);
  }

  #modelAt({ provider }: Target): string | undefined {
    const { model } = this.#call.fields;
    return model === undefined ? undefined : provider.models.nameOf(model);
  }
}

/** What a circuit calls a model: counting tokens has limits of its own. */
export const circuitModel = ({ route }: Call, model: string | undefined): string =>
  route.name === "messages" ? (model ?? "") : `${route.name}:${model ?? ""}`;
