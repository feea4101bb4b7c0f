import { measures, type Amounts, type Measure } from "./limits.ts";

/** Units: milliseconds. */
const slotMs = 1_000;
const windowSlots = 60;
/** The oldest slot may lie half inside the window; it counts whole, so that no 60 seconds ever see more than the limit. */
const countedSlots = windowSlots + 1;

/** What was used in the last minute, in slots of a second. Units: milliseconds. */
export class MinuteWindow {
  readonly #cells = new Float64Array(countedSlots * measures.length);
  readonly #totals: Record<Measure, number> = { requests: 0, inputTokens: 0, outputTokens: 0 };
  #newest = 0;

  /** Forgets what is older than a minute; returns the slot of `now`. */
  advance(now: number): number {
    const slot = Math.floor(now / slotMs);
    // A clock that was set back goes on where it was.
    if (slot <= this.#newest) return this.#newest;
    for (let gone = Math.min(slot - this.#newest, countedSlots); gone > 0; gone--) this.#clear(slot - gone + 1);
    this.#newest = slot;
    return slot;
  }

  total(measure: Measure): number {
    return this.#totals[measure];
  }

  add(slot: number, amounts: Amounts): void {
    for (const [index, measure] of measures.entries()) this.#put(slot, index, amounts[measure]);
  }

  /** Puts what was reserved right: the surplus is used now, a rest is given back to where it was taken. */
  correct(slot: number, reserved: Amounts, used: Amounts): void {
    for (const [index, measure] of measures.entries()) {
      const surplus = used[measure] - reserved[measure];
      if (surplus > 0) this.#put(this.#newest, index, surplus);
      else if (surplus < 0 && slot > this.#newest - countedSlots) this.#put(slot, index, surplus);
    }
  }

  /** Until `amount` of what is counted now is older than a minute. */
  waitFor(measure: Measure, amount: number, now: number): number {
    const index = measures.indexOf(measure);
    let freed = 0;
    for (let slot = this.#newest - windowSlots; slot <= this.#newest; slot++) {
      freed += this.#cells[cellOf(slot, index)] as number;
      if (freed >= amount) return (slot + countedSlots) * slotMs - now;
    }
    return countedSlots * slotMs;
  }

  /** Until all that is counted now is older than a minute. */
  resetMs(now: number): number {
    return Math.max(0, (this.#newest + countedSlots) * slotMs - now);
  }

  #put(slot: number, index: number, amount: number): void {
    const cell = cellOf(slot, index);
    this.#cells[cell] = (this.#cells[cell] as number) + amount;
    this.#totals[measures[index] as Measure] += amount;
  }

  #clear(slot: number): void {
    for (const [index, measure] of measures.entries()) {
      const cell = cellOf(slot, index);
      this.#totals[measure] -= this.#cells[cell] as number;
      this.#cells[cell] = 0;
    }
  }
}

const cellOf = (slot: number, index: number): number => (slot % countedSlots) * measures.length + index;
