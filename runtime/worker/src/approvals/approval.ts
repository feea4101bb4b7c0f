export const approvalStates = ["pending", "allowed", "denied", "expired", "withdrawn"] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** What a job asks its owner, as the API shows it. Shape: times are ISO 8601. */
export interface Approval {
  id: string;
  jobId: string;
  jobTitle: string;
  attempt: number;
  tool: string;
  /** Exactly what the tool would be given. */
  input: unknown;
  /** The same in words, cut where it is long. */
  summary: string;
  requestedAt: string;
  /** Denied unless answered by then. */
  expiresAt: string;
  state: ApprovalState;
  answeredBy: string | null;
  answeredAt: string | null;
  message: string | null;
}

export interface ApprovalRow {
  id: string;
  job_id: string;
  job_title: string;
  attempt: number;
  request_id: string;
  tool_use_id: string;
  tool: string;
  input: string;
  summary: string;
  state: ApprovalState;
  requested_at: Date;
  expires_at: Date;
  answered_at: Date | null;
  answered_by: string | null;
  message: string | null;
}

export const toApproval = (row: ApprovalRow): Approval => ({
  id: row.id,
  jobId: row.job_id,
  jobTitle: row.job_title,
  attempt: row.attempt,
  tool: row.tool,
  input: JSON.parse(row.input) as unknown,
  summary: row.summary,
  requestedAt: row.requested_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  state: row.state,
  answeredBy: row.answered_by,
  answeredAt: row.answered_at?.toISOString() ?? null,
  message: row.message,
});
