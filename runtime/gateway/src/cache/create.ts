import { systemClock } from "@freehold/kernel/clock";
import type { Metrics } from "@freehold/kernel/metrics";
import type { GatewaySettings } from "../config.ts";
import type { Provider } from "../provider.ts";
import { CallCache } from "./answer-cache.ts";
import { AnswerStore } from "./answer-store.ts";
import { createCacheMeters } from "./meters.ts";

export interface RunningCache {
  cache: CallCache;
  store: AnswerStore;
  close(): void;
}

/** Units: milliseconds. */
const forgetEveryMs = 10_000;

/** Puts the cache together; undefined where the settings turn it off. */
export function createCallCache(settings: GatewaySettings, providers: readonly Provider[], metrics: Metrics): RunningCache | undefined {
  const { CACHE_SECONDS, CACHE_BYTES, CACHE_ANSWER_BYTES } = settings;
  if (CACHE_SECONDS === 0 || CACHE_BYTES === 0) return undefined;
  const meters = createCacheMeters(metrics);
  const store = new AnswerStore({ ageMs: CACHE_SECONDS * 1_000, bytes: CACHE_BYTES }, meters.size);
  const hasForeignWords = providers.some(({ translator }) => translator !== undefined);
  const room = { used: 0, most: CACHE_BYTES };
  const cache = new CallCache({ store, room, meters, clock: systemClock, mostAnswerBytes: CACHE_ANSWER_BYTES, hasForeignWords });
  const timer = setInterval(() => store.forget(systemClock.now()), forgetEveryMs);
  return { cache, store, close: () => clearInterval(timer) };
}
