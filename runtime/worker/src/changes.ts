/** `log`: the newest attempt printed something. `job`: the job or one of its attempts changed. */
export type Change = "log" | "job";

/**
 * Tells waiting readers of this process what changed. Only a hint that saves waiting: readers in other processes see the same by
 * looking now and then.
 */
export class Changes {
  readonly #listeners = new Map<string, Set<(change: Change) => void>>();

  announce(jobId: string, change: Change): void {
    for (const listener of this.#listeners.get(jobId) ?? []) listener(change);
  }

  /** Returns how to stop listening. */
  listen(jobId: string, listener: (change: Change) => void): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(jobId);
    };
  }
}
