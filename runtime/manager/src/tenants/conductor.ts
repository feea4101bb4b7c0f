import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import { Loop } from "@freehold/kernel/loop";
import { keyModelsOf } from "./box-plan.ts";
import type { Leadership } from "./leadership.ts";
import { Reconciler, type ReconcilerParts } from "./reconciler.ts";
import { Steps, type StepParts } from "./steps.ts";

export interface ConductorParts {
  leadership: Leadership;
  reconciling: Omit<ReconcilerParts, "steps" | "epoch">;
  stepping: StepParts;
  steady: Clock;
  log: Log;
}

/** Units: milliseconds: while something is under way, and else. */
export interface ConductorPace {
  movingMs: number;
  restingMs: number;
}

/** Runs rounds of reconciling for as long as this manager leads, soon after each other while something is under way. */
export class Conductor {
  readonly #parts: ConductorParts;
  readonly #pace: ConductorPace;
  readonly #loop: Loop;
  #current: { epoch: number; reconciler: Reconciler } | undefined;
  #nextAt = 0;
  #mendAt = 0;

  constructor(parts: ConductorParts, pace: ConductorPace) {
    this.#parts = parts;
    this.#pace = pace;
    this.#loop = new Loop({
      everyMs: pace.movingMs,
      action: () => this.#turn(),
      onError: (error) => {
        this.#nextAt = this.#parts.steady.now() + 1_000;
        this.#parts.log.warn("tenants.round-failed", { error });
      },
    });
  }

  get leads(): boolean {
    return this.#parts.leadership.leads && this.#current !== undefined;
  }

  /** Whether a step of this tenant is under way here. */
  isBusy(id: string): boolean {
    return this.#current?.reconciler.isBusy(id) ?? false;
  }

  start(): void {
    this.#loop.start();
  }

  /** Looks now. */
  wake(): void {
    this.#nextAt = 0;
    this.#loop.wake();
  }

  /** Lets steps end that were begun; tenants run on. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#current?.reconciler.settled();
    this.#current = undefined;
    await this.#parts.leadership.release();
  }

  async #turn(): Promise<void> {
    if (this.#parts.steady.now() < this.#nextAt) return;
    this.#nextAt = this.#parts.steady.now() + this.#pace.restingMs;
    const epoch = await this.#parts.leadership.ensure();
    if (epoch === undefined) {
      this.#current = undefined;
      return;
    }
    if (this.#current?.epoch !== epoch) {
      const { store, clock, place } = this.#parts.stepping;
      await store.removeScratch(new Date(clock.now()));
      await store.staleKeys(keyModelsOf(place));
      this.#current = { epoch, reconciler: this.#reconciler(epoch) };
    }
    if (await this.#current.reconciler.round()) this.#nextAt = 0;
    await this.#mend();
  }

  /** A part of the home that was made anew has lost its places on the tenants' networks, and what was killed has left its containers. */
  async #mend(): Promise<void> {
    const { steady, reconciling } = this.#parts;
    if (steady.now() < this.#mendAt) return;
    this.#mendAt = steady.now() + this.#pace.restingMs;
    await reconciling.box.rejoin();
    await reconciling.box.removeLeft();
  }

  #reconciler(epoch: number): Reconciler {
    const { reconciling, stepping } = this.#parts;
    const onStep = (id: string) => {
      reconciling.onStep(id);
      this.wake();
    };
    return new Reconciler({ ...reconciling, onStep, epoch, steps: new Steps(stepping, epoch) });
  }
}
