import type { NoticeKind } from "@freehold/kernel/api/notice";
/** Those that a job's own webhook can want. */
export const jobNoticeKinds = ["job.succeeded", "job.failed", "job.cancelled", "approval.requested"] as const satisfies readonly NoticeKind[];

/** What happened, as it was when it happened. Shape: times are ISO 8601. */
export interface Notice {
  /** The same on each try, so that a receiver can tell a repetition. */
  id: string;
  kind: NoticeKind | "test";
  at: string;
  job?: {
    id: string;
    title: string;
    state: string;
    result?: string | null;
    error?: { code: string; message: string } | null;
    costUsd?: number | null;
    startedAt?: string | null;
    finishedAt?: string | null;
    attempts?: number;
  } | null;
  schedule?: { id: string; name: string; problem?: string } | null;
  approval?: { id: string; tool: string; summary: string; expiresAt: string } | null;
  limit?: { until: string | null; reason: string | null } | null;
}

/** What a channel may add: where the console is, and the tokens that answer an approval. */
export interface NoticeLinks {
  /** Shape: an origin; null where the console's address is not known. */
  console: string | null;
  tokens: { allow: string; deny: string } | null;
}
