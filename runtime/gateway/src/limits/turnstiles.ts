import type { LimitMeters, SubjectKind } from "./meters.ts";
import type { Reservation } from "./shared-ledger.ts";
import { Turnstile } from "./turnstile.ts";

export type Passed = Reservation | "unchecked";

/** A turnstile for each subject that has limits. */
export class Turnstiles {
  readonly #all = new Map<string, Turnstile<Passed>>();
  readonly #longest: number;
  readonly #meters: Pick<LimitMeters, "waiting">;

  constructor(longest: number, meters: Pick<LimitMeters, "waiting">) {
    this.#longest = longest;
    this.#meters = meters;
  }

  of(subjectId: string, kind: SubjectKind): Turnstile<Passed> {
    let turnstile = this.#all.get(subjectId);
    if (turnstile === undefined) {
      turnstile = new Turnstile({ longest: this.#longest, onWaiting: (change) => this.#meters.waiting(kind, change) });
      this.#all.set(subjectId, turnstile);
    }
    return turnstile;
  }

  freed(subjectId: string): void {
    this.#all.get(subjectId)?.freed();
  }

  /** Drops those that nobody waits at. */
  forget(): void {
    for (const [id, turnstile] of this.#all) if (turnstile.isIdle) this.#all.delete(id);
  }
}
