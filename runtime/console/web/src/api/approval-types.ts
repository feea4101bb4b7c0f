export const approvalStates = ["pending", "allowed", "denied", "expired", "withdrawn"] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** A question of a job: may it use this tool with this input? Shape: times are ISO 8601. */
export interface Approval {
  id: string;
  jobId: string;
  jobTitle?: string;
  tool: string;
  input: Record<string, unknown>;
  summary: string;
  requestedAt: string;
  expiresAt: string | null;
  state: ApprovalState;
  answeredBy: string | null;
  answeredAt: string | null;
  message: string | null;
}

export interface ApprovalAnswer {
  decision: "allow" | "deny";
  message?: string;
}
