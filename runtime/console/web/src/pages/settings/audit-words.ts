import type { AuditEntry } from "../../api/account-types.ts";

const actions: Readonly<Record<string, string>> = {
  "session.create": "Sign-in",
  "session.delete": "Sign-out",
  "session.end": "A session was ended",
  "sessions.end": "Sessions were ended",
  "password.change": "Password changed",
  "token.create": "API token made",
  "token.revoke": "API token revoked",
  "token.refused": "A token that is over was tried",
  "member.change": "Member changed",
  "member.remove": "Member removed",
  "member.password-link": "Password link made",
  "invitation.create": "Invitation made",
  "invitation.revoke": "Invitation taken back",
  "invitation.accept": "Link used",
  "request.foreign-origin": "A foreign page tried a change",
  "request.read": "Reading what the role keeps closed",
  "job.create": "Job created",
  "job.cancel": "Job cancelled",
  "backup.create": "Backup taken",
  "key.create": "Key made",
  "key.change": "Key changed",
  "key.revoke": "Key revoked",
  "key.rotate": "Key replaced",
  "provider.reset": "Provider asked again",
  "model.try": "Model tried",
};

/** What was done, in words; what has none yet keeps its name. */
export function wordsOf({ action, detail }: Pick<AuditEntry, "action" | "detail">): string {
  const words = actions[action] ?? action;
  return detail === null ? words : `${words}: ${detail}`;
}

/** Who did it, and by what means when not in a browser. */
export function whoOf({ actor, member }: Pick<AuditEntry, "actor" | "member">): string {
  if (member === null) return "somebody not signed in";
  if (actor === "owner-token") return `${member.name}, by the command line`;
  return actor === "api-token" ? `${member.name}, by a token` : member.name;
}
