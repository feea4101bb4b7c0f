import type { UsageGroup } from "@freehold/kernel/api/usage";
/** Units: tokens and requests in any 60 seconds, or in a UTC day; what is absent is not limited. */
export interface KeyLimits {
  requestsPerMinute?: number;
  inputTokensPerMinute?: number;
  outputTokensPerMinute?: number;
  concurrent?: number;
  requestsPerDay?: number;
}

/** Units: US dollars in a UTC day and month; percent of them at which callers are warned. */
export interface KeyBudget {
  dayUsd?: number;
  monthUsd?: number;
  warnPercent?: number;
}

/** What a key may do; null takes a restriction away. */
export interface KeyRules {
  limits?: KeyLimits | null;
  budget?: KeyBudget | null;
  models?: string[] | null;
  providers?: string[] | null;
  /** Whether what its callers send is kept for a while, sealed. */
  keepBodies?: boolean | null;
}

/** What was sent to a model. Shape: times are ISO 8601; `body` is base64 where it is no text. Units: bytes, as it was sent. */
export interface KeptBody {
  requestId: string;
  storedAt: string;
  expiresAt: string;
  sizeBytes: number;
  isCut: boolean;
  encoding: "utf8" | "base64";
  body: string;
}

/** Shape: times are ISO 8601. */
export interface VirtualKey extends KeyRules {
  id: string;
  name: string;
  jobId: string | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}

/** Units: US dollars. */
export interface KeyUse {
  requestsToday: number;
  dayUsd: number;
  monthUsd: number;
}

export interface KeyWish extends KeyRules {
  name: string;
  /** Absent: it stays as it is; for a new key, never. */
  expiresAt?: string | null;
}

/** The one time that the key itself is seen. */
export interface ShownKey extends VirtualKey {
  key: string;
  /** Until when the text before it works too. */
  previousValidUntil?: string;
}

export const groupings = ["model", "key", "job"] as const;
export type Grouping = (typeof groupings)[number];

/** Shape: UTC days, both included. */
export interface UsageReport {
  from: string;
  to: string;
  groups: UsageGroup[];
}

export const outcomes = ["completed", "failed", "aborted", "interrupted"] as const;
export type Outcome = (typeof outcomes)[number];

/** Units: tokens, US dollars, milliseconds. */
export interface BookedRequest {
  id: string;
  startedAt: string;
  keyId: string;
  keyName: string | null;
  jobId: string | null;
  sessionId: string | null;
  model: string | null;
  provider: string;
  status: number;
  outcome: Outcome;
  streamed: boolean;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number | null;
  firstByteMs: number | null;
  durationMs: number;
  upstreamRequestId: string | null;
}

export interface RequestsPage {
  requests: BookedRequest[];
  nextCursor: string | null;
}

export interface Trial {
  model: string;
  prompt: string;
  system?: string;
  maxTokens?: number;
  provider?: string;
}
