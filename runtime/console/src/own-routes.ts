import type { Role } from "./roles.ts";

/** One route that the console answers by itself. */
export interface OwnRoute {
  method: "get" | "post" | "patch" | "delete";
  path: string;
  /** The least role that may call it; `anyone` need not be signed in. */
  role: Role | "anyone";
  /** What the audit calls it; every route that changes something has one. */
  action?: string;
  /** Units: bytes. No body is taken unless given. */
  bodyLimitBytes?: number;
  /** Closed to API tokens: one that leaked must not let others in, nor make itself successors. */
  inPerson?: true;
}

const small = 10_000;

export const ownRoutes = {
  signIn: { method: "post", path: "/api/session", role: "anyone", action: "session.create", bodyLimitBytes: small },
  whoAmI: { method: "get", path: "/api/session", role: "viewer" },
  signOut: { method: "delete", path: "/api/session", role: "viewer", action: "session.delete" },
  changePassword: { method: "post", path: "/api/password", role: "viewer", action: "password.change", bodyLimitBytes: small, inPerson: true },
  listSessions: { method: "get", path: "/api/sessions", role: "viewer" },
  endSessions: { method: "delete", path: "/api/sessions", role: "viewer", action: "sessions.end", inPerson: true },
  endSession: { method: "delete", path: "/api/sessions/:id", role: "viewer", action: "session.end", inPerson: true },
  listTokens: { method: "get", path: "/api/tokens", role: "viewer" },
  makeToken: { method: "post", path: "/api/tokens", role: "viewer", action: "token.create", bodyLimitBytes: small, inPerson: true },
  revokeToken: { method: "delete", path: "/api/tokens/:id", role: "viewer", action: "token.revoke", inPerson: true },
  listMembers: { method: "get", path: "/api/members", role: "owner" },
  changeMember: { method: "patch", path: "/api/members/:id", role: "owner", action: "member.change", bodyLimitBytes: small, inPerson: true },
  removeMember: { method: "delete", path: "/api/members/:id", role: "owner", action: "member.remove", inPerson: true },
  linkPassword: {
    method: "post",
    path: "/api/members/:id/password-link",
    role: "owner",
    action: "member.password-link",
    bodyLimitBytes: small,
    inPerson: true,
  },
  listInvitations: { method: "get", path: "/api/invitations", role: "owner" },
  invite: { method: "post", path: "/api/invitations", role: "owner", action: "invitation.create", bodyLimitBytes: small, inPerson: true },
  revokeInvitation: { method: "delete", path: "/api/invitations/:id", role: "owner", action: "invitation.revoke", inPerson: true },
  lookAtInvitation: { method: "post", path: "/api/invitations/look", role: "anyone", bodyLimitBytes: small },
  acceptInvitation: { method: "post", path: "/api/invitations/accept", role: "anyone", action: "invitation.accept", bodyLimitBytes: small },
  answerByLink: { method: "post", path: "/api/approvals/answer", role: "anyone", action: "approval.answer-by-link", bodyLimitBytes: small },
  enterTenant: { method: "post", path: "/api/tenant-door/tickets", role: "viewer", action: "tenant.enter", bodyLimitBytes: small, inPerson: true },
  readAudit: { method: "get", path: "/api/audit", role: "owner" },
  readApi: { method: "get", path: "/api/openapi.json", role: "viewer" },
  readCharts: { method: "get", path: "/api/charts", role: "viewer" },
  readAlerts: { method: "get", path: "/api/alerts", role: "viewer" },
  readHome: { method: "get", path: "/api/home", role: "viewer" },
  tryModel: { method: "post", path: "/api/models/try", role: "operator", action: "model.try", bodyLimitBytes: 1_000_000 },
} as const satisfies Record<string, OwnRoute>;

export type OwnRouteName = keyof typeof ownRoutes;
