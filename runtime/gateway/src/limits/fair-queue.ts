/** Waiters in lanes, taken in turn from one lane after the other, so that a lane with many waiters holds nobody else up. */
export class FairQueue<T extends { lane: string }> {
  /** The lane whose turn it is comes first. */
  readonly #lanes = new Map<string, T[]>();
  readonly #longest: number;
  #size = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes a waiter in. When all places are taken, the last of the longest lane must go: it is returned, and may be the newcomer. */
  push(waiter: T): T | undefined {
    const lane = this.#lanes.get(waiter.lane);
    if (lane === undefined) this.#lanes.set(waiter.lane, [waiter]);
    else lane.push(waiter);
    this.#size += 1;
    if (this.#size <= this.#longest) return undefined;
    const crowded = [...this.#lanes.values()].reduce((most, other) => (other.length > most.length ? other : most));
    const last = crowded.at(-1) as T;
    this.remove(last);
    return last;
  }

  /** The one whose turn it is; it stays. */
  first(): T | undefined {
    for (const lane of this.#lanes.values()) return lane[0];
    return undefined;
  }

  /** Takes the one whose turn it was out; the next lane's turn begins. */
  shift(): void {
    const waiter = this.first();
    if (waiter === undefined) return;
    this.remove(waiter);
    const rest = this.#lanes.get(waiter.lane);
    if (rest === undefined) return;
    this.#lanes.delete(waiter.lane);
    this.#lanes.set(waiter.lane, rest);
  }

  remove(waiter: T): void {
    const lane = this.#lanes.get(waiter.lane);
    const at = lane?.indexOf(waiter) ?? -1;
    if (lane === undefined || at < 0) return;
    lane.splice(at, 1);
    this.#size -= 1;
    if (lane.length === 0) this.#lanes.delete(waiter.lane);
  }
}
