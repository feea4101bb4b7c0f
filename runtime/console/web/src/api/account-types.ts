import type { Role } from "./types.ts";

/** Shape: times are ISO 8601, here and below. */
export interface Session {
  id: string;
  address: string;
  userAgent: string | null;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  current: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
}

export interface TokenWish {
  name: string;
  role: Role;
  expiresInDays: number;
}

export interface Member {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  lastSeenAt: string | null;
  sessions: number;
  tokens: number;
}

export type GuestRole = Exclude<Role, "owner">;

export interface Invitation {
  id: string;
  name: string;
  role: GuestRole;
  kind: "member" | "password";
  createdAt: string;
  createdBy: string;
  expiresAt: string;
}

export interface Link {
  name: string;
  link: string;
  expiresAt: string;
}

export const auditOutcomes = ["done", "refused", "failed", "aborted"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export interface AuditEntry {
  id: string;
  at: string;
  actor: "owner" | "member" | "owner-token" | "api-token" | "anonymous";
  member: { id: string; name: string } | null;
  action: string;
  target: string;
  detail: string | null;
  address: string;
  requestId: string;
  status: number | null;
  outcome: AuditOutcome | null;
  durationMs: number | null;
}

export interface AuditPage {
  entries: AuditEntry[];
  nextCursor: string | null;
}
