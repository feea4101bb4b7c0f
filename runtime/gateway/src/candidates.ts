import type { Call } from "./call.ts";
import type { CircuitBoard } from "./circuit-board.ts";
import type { Skipped } from "./final-answer.ts";
import type { Grant, Pass, TargetGate } from "./pipeline.ts";
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

  constructor(parts: CandidateParts, { call, grant, avoided }: { call: Call; grant: Grant; avoided: string | undefined }) {
    this.#parts = parts;
    this.#call = call;
    this.#grant = grant;
    this.#avoided = avoided;
  }

  next(): Candidate | undefined {
    for (const target of this.#parts.targets) {
      const found = this.#tried.includes(target) ? undefined : this.#admit(target);
      if (found !== undefined) return found;
    }
    if (this.#isLastResort) return undefined;
    this.#isLastResort = true;
    return this.next();
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

  #admit(target: Target): Candidate | undefined {
    if (!this.#suits(target) || (target.provider.name === this.#avoided && !this.#isLastResort)) return undefined;
    const model = this.#modelAt(target);
    if (!this.#parts.board.admits(target, circuitModel(this.#call, model), this.#isLastResort)) return undefined;
    const pass = this.#parts.targetGate.enter(this.#call, target, model);
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
