import { setTimeout as delay } from "node:timers/promises";

export interface Retrying {
  attempts: number;
  /** Units: milliseconds. Doubles after each failure, up to `maxDelayMs`, with a random half. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** Whether this failure may pass by itself; all may unless given. */
  retryable?: (thrown: unknown) => boolean;
  signal?: AbortSignal;
  random?: () => number;
  onRetry?: (thrown: unknown, attempt: number) => void;
}

/** Repeats `action` until it succeeds, its error is not retryable, or the attempts are used up; then throws the last error. */
export async function retry<T>(action: (attempt: number) => Promise<T>, how: Retrying): Promise<T> {
  const random = how.random ?? Math.random;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (thrown) {
      if (attempt >= how.attempts || how.signal?.aborted || how.retryable?.(thrown) === false) throw thrown;
      how.onRetry?.(thrown, attempt);
      const ceiling = Math.min(how.maxDelayMs, how.firstDelayMs * 2 ** (attempt - 1));
      await delay(ceiling / 2 + (ceiling / 2) * random(), undefined, how.signal === undefined ? {} : { signal: how.signal });
    }
  }
}
