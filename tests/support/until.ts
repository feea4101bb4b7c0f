import { setTimeout as delay } from "node:timers/promises";

/**
 * Polls until `probe` returns something other than undefined or false, instead of sleeping.
 * Throws: an error that names what was waited for, with the last failure as its cause. Units: milliseconds.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 10_000, everyMs = 25 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (thrown) {
      cause = thrown;
    }
    await delay(everyMs);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`, { cause });
}
