import type { Clock } from "@freehold/kernel/clock";

const hourMs = 3_600_000;
/** A run that begins some minutes earlier in its hour than the last one is not passed over. */
const slackMs = hourMs / 2;

/**
 * When a repository is to be checked: one check looks at all snapshots in it, so that several in a row may share one. A process that starts
 * knows of none, and a check that failed does not count: the next snapshot is followed by another.
 */
export class CheckPlan {
  readonly #everyMs: number;
  readonly #clock: Clock;
  #checkedAt: number | undefined;

  constructor(everyHours: number, clock: Clock) {
    this.#everyMs = everyHours * hourMs;
    this.#clock = clock;
  }

  /** Also when the clock was put back. */
  get due(): boolean {
    const age = this.#clock.now() - (this.#checkedAt ?? Number.NEGATIVE_INFINITY);
    return age < 0 || age >= this.#everyMs - slackMs;
  }

  done(): void {
    this.#checkedAt = this.#clock.now();
  }
}
