import type { ProviderName } from "./provider.ts";
import type { Usage } from "./usage.ts";

export type Outcome = "completed" | "failed" | "aborted";

/** One finished request, as it stands in the books. Units: milliseconds, tokens, US dollars. */
export interface Booking {
  id: string;
  keyId: string;
  jobId: string | null;
  sessionId: string | null;
  model: string | null;
  provider: ProviderName;
  status: number;
  outcome: Outcome;
  streamed: boolean;
  usage: Usage;
  costUsd: number | null;
  upstreamRequestId: string | null;
  startedAtMs: number;
  firstByteMs: number | null;
  durationMs: number;
}
