import type { Refused } from "./ledger.ts";
import { FairQueue } from "./fair-queue.ts";

export type Tried<G> = { granted: G } | { refused: Refused };

/** A call that wants to pass. */
export interface Entrant<G> {
  /** Whose call it is: lanes take turns. */
  lane: string;
  try(): Tried<G> | Promise<Tried<G>>;
  /** Gives a grant back that came too late. */
  undo(granted: G): void;
  /** Units: milliseconds. 0: it does not wait. */
  maxWaitMs: number;
  /** Aborted when the caller has left. Asked for only when it must wait: a signal costs more than passing does. */
  signal?: (() => AbortSignal) | undefined;
}

export interface TurnstileParts {
  /** How many may wait. */
  longest: number;
  onWaiting: (change: 1 | -1) => void;
}

interface Waiter<G> {
  lane: string;
  entrant: Entrant<G>;
  /** Why it waits. */
  refused: Refused;
  isGone: boolean;
  leave: (tried: Tried<G>) => void;
}

/** What frees room in another process is not heard here, so it is looked for. Units: milliseconds. */
const lookEveryMs = 100;
const leastWaitMs = 5;

/** Lets calls through one after the other as there is room; those who must wait are taken in turn by lane, and newcomers do not pass them. */
export class Turnstile<G> {
  readonly #parts: TurnstileParts;
  readonly #queue: FairQueue<Waiter<G>>;
  #isTrying = false;
  #mustLookAgain = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TurnstileParts) {
    this.#parts = parts;
    this.#queue = new FairQueue(parts.longest);
  }

  get isIdle(): boolean {
    return this.#queue.size === 0;
  }

  /** Passes, waits, or is refused. */
  enter(entrant: Entrant<G>): Tried<G> | Promise<Tried<G>> {
    if (!this.isIdle) return this.#line(entrant, { short: "concurrent", waitMs: 0 });
    const tried = entrant.try();
    return tried instanceof Promise ? tried.then((answer) => this.#accept(entrant, answer)) : this.#accept(entrant, tried);
  }

  /** There may be room now. */
  freed(): void {
    if (!this.isIdle) void this.#pump();
  }

  #accept(entrant: Entrant<G>, tried: Tried<G>): Tried<G> | Promise<Tried<G>> {
    return "granted" in tried ? tried : this.#line(entrant, tried.refused);
  }

  #line(entrant: Entrant<G>, refused: Refused): Tried<G> | Promise<Tried<G>> {
    const { lane, maxWaitMs } = entrant;
    if (!canWaitFor(refused) || refused.waitMs > maxWaitMs || maxWaitMs === 0) return { refused };
    const signal = entrant.signal?.();
    if (signal?.aborted === true) return { refused };
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.leave({ refused: waiter.refused }), maxWaitMs);
      const left = () => waiter.leave({ refused: waiter.refused });
      const waiter: Waiter<G> = {
        lane,
        entrant,
        refused,
        isGone: false,
        leave: (tried) => {
          if (waiter.isGone) return;
          waiter.isGone = true;
          clearTimeout(timer);
          signal?.removeEventListener("abort", left);
          this.#queue.remove(waiter);
          this.#parts.onWaiting(-1);
          resolve(tried);
        },
      };
      this.#parts.onWaiting(1);
      signal?.addEventListener("abort", left);
      const ousted = this.#queue.push(waiter);
      ousted?.leave({ refused: ousted.refused });
      if (this.#queue.size === 1 && !this.#isTrying) this.#lookIn(refused.waitMs);
    });
  }

  async #pump(): Promise<void> {
    this.#mustLookAgain = true;
    if (this.#isTrying) return;
    this.#isTrying = true;
    clearTimeout(this.#timer);
    let waitMs: number | undefined;
    while (this.#mustLookAgain) {
      this.#mustLookAgain = false;
      waitMs = await this.#letThrough();
    }
    this.#isTrying = false;
    if (waitMs !== undefined) this.#lookIn(waitMs);
  }

  /** Lets all through for whom there is room; returns when to look again for the next one. */
  async #letThrough(): Promise<number | undefined> {
    for (let waiter = this.#queue.first(); waiter !== undefined; waiter = this.#queue.first()) {
      const tried = await waiter.entrant.try();
      if ("granted" in tried) this.#pass(waiter, tried.granted);
      else if (canWaitFor(tried.refused)) {
        waiter.refused = tried.refused;
        if (!waiter.isGone) return tried.refused.waitMs;
      } else waiter.leave(tried);
    }
    return undefined;
  }

  #pass(waiter: Waiter<G>, granted: G): void {
    if (waiter.isGone) return waiter.entrant.undo(granted);
    if (this.#queue.first() === waiter) this.#queue.shift();
    waiter.leave({ granted });
  }

  #lookIn(waitMs: number): void {
    clearTimeout(this.#timer);
    const inMs = waitMs === 0 ? lookEveryMs : Math.max(leastWaitMs, Math.min(waitMs, 10 * lookEveryMs));
    this.#timer = setTimeout(() => void this.#pump(), inMs).unref();
  }
}

/** What only a day, a month or the owner can mend is not waited for. */
export const canWaitFor = ({ short }: Refused): boolean => short !== "day" && short !== "budget-day" && short !== "budget-month";
