import type { Booking } from "../booking.ts";
import { noUsage } from "../usage.ts";

/** A request as it stands in the books. */
export const booking = (id: string, more: Partial<Booking> = {}): Booking => ({
  id,
  keyId: "00000000-0000-4000-8000-000000000001",
  jobId: "job",
  sessionId: null,
  model: "claude-opus-5-5",
  provider: "anthropic",
  status: 200,
  outcome: "completed",
  streamed: true,
  usage: { ...noUsage, inputTokens: 10 },
  costUsd: 0.5,
  upstreamRequestId: null,
  startedAtMs: 1_800_000_000_000,
  firstByteMs: 1.5,
  durationMs: 2.5,
  ...more,
});
