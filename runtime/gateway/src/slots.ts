/**
 * Objects that come and go by the thousand a second, each found by the number of its slot. A Map or a Set would keep them alive long after they were deleted: it leaves
 * its old table behind each time it makes a new one, with all that was in it, and one such table that has become old holds all those after it until the whole heap
 * is searched for garbage, which then happens many times a second.
 */
export class Slots<T extends object> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** Returns the number of its slot, which is its own until it is removed. */
  add(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length;
    this.#items[slot] = item;
    return slot;
  }

  at(slot: number): T | undefined {
    return this.#items[slot];
  }

  remove(slot: number): void {
    if (this.#items[slot] === undefined) return;
    this.#items[slot] = undefined;
    this.#free.push(slot);
  }

  /** All of them; what is added meanwhile may be among them. */
  *[Symbol.iterator](): Generator<T, void> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }
}
