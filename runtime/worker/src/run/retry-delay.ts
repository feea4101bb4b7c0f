/** How long a job waits before its next attempt: doubles with each, five minutes at most; a lost container says nothing against an early retry. Units: milliseconds. */
export function retryDelayMs(finishedAttempts: number, outcome: "failed" | "lost", firstMs: number): number {
  return outcome === "lost" ? Math.min(firstMs, 1_000) : Math.min(300_000, firstMs * 2 ** (finishedAttempts - 1));
}
