/** Tells those who wait for a tenant that a step of it was taken. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  changed(id: string): void {
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  /** Resolves at the tenant's next step, or when the time is over. Units: milliseconds. */
  next(id: string, longestMs: number): Promise<void> {
    return new Promise((resolve) => {
      const all = this.#waiting.get(id) ?? new Set();
      const end = () => {
        clearTimeout(timer);
        all.delete(end);
        if (all.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(end, longestMs);
      this.#waiting.set(id, all.add(end));
    });
  }
}
