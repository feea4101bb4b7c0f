import type { Metrics } from "@freehold/kernel/metrics";

/** Metrics of the cache; label sets are closed. */
export interface CacheMeters {
  served(how: "hit" | "miss" | "shared"): void;
  lagged(): void;
  size(of: { answers: number; bytes: number }): void;
}

export function createCacheMeters(metrics: Metrics): CacheMeters {
  const calls = metrics.counter("gateway_cache_calls_total", "Calls that the cache had to do with, by how they were served.", ["result"]);
  const lagging = metrics.counter("gateway_cache_lagging_total", "Callers of a shared answer that were cut off because they read too slowly.");
  const answers = metrics.gauge("gateway_cache_answers", "Answers that are kept.");
  const bytes = metrics.gauge("gateway_cache_bytes", "What they take.");
  return {
    served: (result) => calls.inc({ result }),
    lagged: () => lagging.inc(),
    size(of) {
      answers.set(of.answers);
      bytes.set(of.bytes);
    },
  };
}
