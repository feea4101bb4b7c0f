const dayMs = 86_400_000;

const noSums = {
  requests: 0,
  failedRequests: 0,
  rehearsalRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
};

/** A share of a month's use. Units: `dollars`. */
const sums = (dollars: number, requests: number, more: Partial<typeof noSums> = {}) => ({
  ...noSums,
  requests,
  inputTokens: requests * 1_900,
  outputTokens: requests * 640,
  cacheReadTokens: requests * 21_000,
  cacheWriteTokens: requests * 1_400,
  costUsd: dollars,
  ...more,
});

/** What the books of a home say that was lived in for some weeks. */
export function usageReport(by: string, from: string, { isFresh, keyId }: { isFresh: boolean; keyId: string }) {
  const to = new Date().toISOString().slice(0, 10);
  const days = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
  const group = (name: string | null, figures: typeof noSums, more: { name?: string; provider?: string } = {}) => ({
    group: name,
    name: more.name ?? null,
    provider: more.provider ?? null,
    ...figures,
  });
  if (by === "day")
    return {
      from,
      to,
      groups: Array.from({ length: days }, (_, index) => {
        const day = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10);
        const busy = Math.max(0, Math.sin(index * 1.7) * 2 + Math.cos(index * 0.4) + 0.6);
        return group(day, isFresh || busy === 0 ? noSums : sums(busy * 1.3, Math.round(busy * 60), { rehearsalRequests: Math.round(busy * 4) }));
      }),
    };
  if (isFresh) return { from, to, groups: [] };
  if (by === "model")
    return {
      from,
      to,
      groups: [
        group("claude-opus-5-5", sums(31.2, 840, { failedRequests: 6 }), { provider: "anthropic" }),
        group("claude-haiku-5-5", sums(1.04, 1_204), { provider: "anthropic" }),
        group("claude-opus-5-5", sums(0, 112, { rehearsalRequests: 112 }), { provider: "rehearsal" }),
        group("gemini-next-preview", sums(0, 9, { unpricedRequests: 9 }), { provider: "bridge" }),
      ],
    };
  if (by === "key")
    return { from, to, groups: [group(keyId, sums(30.1, 1_800), { name: "Laptop" }), group("9c2c7c1e-8a55-4a86-9f0e-0f6b8f2f5d10", sums(2.14, 365))] };
  return { from, to, groups: [group("5f2c7c1e-8a55-4a86-9f0e-0f6b8f2f5d10", sums(4.2, 96)), group("77aa7c1e-8a55-4a86-9f0e-0f6b8f2f5d10", sums(0.31, 14))] };
}

/** The newest requests, two pages of them. */
export const bookedRequests = (keyId: string) =>
  Array.from({ length: 64 }, (_, index) => {
    const outcome = index % 11 === 3 ? "failed" : index % 17 === 5 ? "aborted" : "completed";
    const isRehearsed = index % 7 === 2;
    return {
      id: `req_${String(index).padStart(4, "0")}abcdef0123456789`,
      startedAt: new Date(Date.now() - index * 340_000 - 20_000).toISOString(),
      keyId,
      keyName: index % 9 === 4 ? null : "Laptop",
      jobId: index % 3 === 0 ? "5f2c7c1e-8a55-4a86-9f0e-0f6b8f2f5d10" : null,
      sessionId: null,
      model: index % 2 === 0 ? "claude-opus-5-5" : "claude-haiku-5-5",
      provider: isRehearsed ? "rehearsal" : "anthropic",
      status: outcome === "failed" ? 503 : 200,
      outcome,
      streamed: index % 5 !== 0,
      inputTokens: 1_204 + index,
      outputTokens: 388 + index * 3,
      cacheReadTokens: 24_100,
      cacheWriteTokens: 0,
      costUsd: isRehearsed ? 0 : 0.0174 + index / 1_000,
      firstByteMs: 412.4,
      durationMs: 4_120 + index * 91,
      upstreamRequestId: isRehearsed ? null : `req_011C${index}`,
    };
  });
