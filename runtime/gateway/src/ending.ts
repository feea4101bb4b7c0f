import type { Usage } from "./usage.ts";

export type Outcome = "completed" | "failed" | "aborted" | "interrupted";

/** How a call ended. Units: milliseconds of the monotonic clock. */
export interface Ending {
  outcome: Outcome;
  status: number;
  /** Who answered, or was asked last; "none" where nobody was asked, and "cache" for an answer that was there already. */
  provider: string;
  /** Of the answer and, where known, of attempts that broke off before it. */
  usage: Usage;
  /** Null: the price of a model is not known. Units: US dollars. */
  costUsd: number | null;
  /** As the provider names it, else as the caller asked. */
  model: string | undefined;
  streamed: boolean;
  upstreamRequestId: string | undefined;
  firstByteAt: number | undefined;
}
