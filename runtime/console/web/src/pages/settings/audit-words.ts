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
  "job.retry": "Job tried again",
  "job.resume": "Job resumed",
  "job.delete": "Job deleted",
  "queue.change": "Queue changed",
  "queue.pause": "Queue paused",
  "queue.resume": "Queue resumed",
  "queue.limit-clear": "Usage limit passed over",
  "upload.create": "File uploaded",
  "file.write": "File written",
  "file.folder": "Folder made",
  "file.rename": "File renamed",
  "file.delete": "File deleted",
  "file.undo": "Deleting a file undone",
  "template.create": "Template made",
  "template.change": "Template changed",
  "template.delete": "Template deleted",
  "schedule.create": "Schedule made",
  "schedule.import": "Schedules brought along",
  "schedule.change": "Schedule changed",
  "schedule.delete": "Schedule deleted",
  "schedule.run": "Schedule run now",
  "schedule.pause": "Schedule paused",
  "schedule.resume": "Schedule resumed",
  "approval.answer": "Approval answered",
  "channel.create": "Channel of notices made",
  "channel.change": "Channel of notices changed",
  "channel.delete": "Channel of notices deleted",
  "channel.test": "Channel of notices tried",
  "delivery.retry": "Notice sent again",
  "approval.answer-by-link": "Approval answered by a notice's link",
  "job.deliver": "A job's work delivered",
  "credential.store": "Credential of a repository stored",
  "credential.delete": "Credential of a repository deleted",
  "schedule.channels": "Channels of a schedule changed",
  "backup.create": "Backup taken",
  "key.create": "Key made",
  "key.change": "Key changed",
  "key.revoke": "Key revoked",
  "key.rotate": "Key replaced",
  "provider.reset": "Provider asked again",
  "model.try": "Model tried",
  "request.body-read": "What was sent to a model was read",
  "request.body-delete": "What was sent to a model was deleted",
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
