import { KeyRound, Link2Off, MonitorSmartphone, Plus, Trash2, UserRound, UserRoundPlus, type LucideIcon } from "lucide-react";
import { useState, type ComponentType } from "react";
import { useChangeRole, useInvitations, useMembers, useRevokeInvitation } from "../../api/account-queries.ts";
import type { GuestRole, Invitation, Member } from "../../api/account-types.ts";
import { countOf, formatMoment } from "../../format.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { FieldProblem } from "./field-problem.tsx";
import { Invite, PasswordLink, RemoveMember, SessionsOf } from "./member-dialogs.tsx";

export function MembersTab() {
  const members = useMembers();
  const [isInviting, setInviting] = useState(false);
  return (
    <>
      <div className="tab-header">
        <p className="muted lead">
          Members come in by a link that works once. A viewer sees everything but keys and money; an operator also runs and stops jobs and takes backups.
        </p>
        <button type="button" className="button primary" onClick={() => setInviting(true)}>
          <Plus aria-hidden="true" />
          Invite
        </button>
      </div>
      {members.isError && <ProblemNotice error={members.error} title="The members can't be listed now" onRetry={() => void members.refetch()} />}
      {members.isPending && <SkeletonRows count={2} />}
      {members.data !== undefined && (
        <ul className="jobs" aria-label="Members">
          {members.data.map((member) => (
            <MemberItem key={member.id} of={member} />
          ))}
        </ul>
      )}
      <Invitations />
      {isInviting && <Invite onClose={() => setInviting(false)} />}
    </>
  );
}

type Doing = "sessions" | "link" | "remove";
const dialogs: Readonly<Record<Doing, ComponentType<{ of: Member; onClose: () => void }>>> = { sessions: SessionsOf, link: PasswordLink, remove: RemoveMember };

function MemberItem({ of: member }: { of: Member }) {
  const [doing, setDoing] = useState<Doing>();
  const Doing = doing && dialogs[doing];
  const isOwner = member.role === "owner";
  return (
    <li className="row">
      <UserRound aria-hidden="true" />
      <div className="job-words">
        <span className="job-title">{member.name}</span>
        <span className="job-facts">
          <span>{member.lastSeenAt === null ? "never here" : <>here {<Ago iso={member.lastSeenAt} />}</>}</span>
          <span>{countOf(member.sessions, "session")}</span>
          {member.tokens > 0 && <span>{countOf(member.tokens, "token")}</span>}
        </span>
        {!isOwner && <RoleChoice of={member} role={member.role as GuestRole} />}
      </div>
      <div className="key-actions">
        {isOwner && <span className="tag">owner</span>}
        <Action icon={MonitorSmartphone} label={`Sessions of ${member.name}`} title="Sessions" onClick={() => setDoing("sessions")} />
        {!isOwner && <Action icon={KeyRound} label={`New password link for ${member.name}`} title="Password link" onClick={() => setDoing("link")} />}
        {!isOwner && <Action icon={Trash2} label={`Remove ${member.name}`} title="Remove" onClick={() => setDoing("remove")} />}
      </div>
      {Doing !== undefined && <Doing of={member} onClose={() => setDoing(undefined)} />}
    </li>
  );
}

function Action({ icon: Icon, label, title, onClick }: { icon: LucideIcon; label: string; title: string; onClick: () => void }) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={title} onClick={onClick}>
      <Icon aria-hidden="true" />
    </button>
  );
}

function RoleChoice({ of: member, role }: { of: Member; role: GuestRole }) {
  const change = useChangeRole(member.id);
  const choose = (next: GuestRole) => change.mutate(next, { onSuccess: () => toastDone("Changed", `${member.name} is ${next} from now on.`) });
  return (
    <>
      <select
        className="role-choice"
        aria-label={`Role of ${member.name}`}
        value={role}
        disabled={change.isPending}
        onChange={(event) => choose(event.target.value as GuestRole)}
      >
        <option>viewer</option>
        <option>operator</option>
      </select>
      <FieldProblem error={change.error} />
    </>
  );
}

function Invitations() {
  const { data, error, refetch } = useInvitations();
  if (error !== null) return <ProblemNotice error={error} title="The invitations can't be listed now" onRetry={() => void refetch()} />;
  if (data === undefined || data.length === 0) return null;
  return (
    <section className="settings-section" aria-labelledby="links-title">
      <h2 id="links-title">Links that were not used yet</h2>
      <ul className="jobs">
        {data.map((invitation) => (
          <InvitationItem key={invitation.id} of={invitation} />
        ))}
      </ul>
    </section>
  );
}

function InvitationItem({ of: invitation }: { of: Invitation }) {
  const revoke = useRevokeInvitation();
  const what = invitation.kind === "member" ? `invited as ${invitation.role}` : "sets another password";
  return (
    <li className="row">
      <UserRoundPlus aria-hidden="true" />
      <div className="job-words">
        <span className="job-title">{invitation.name}</span>
        <span className="job-facts">
          <span>{what}</span>
          <span>
            made <Ago iso={invitation.createdAt} />
          </span>
          <span>ends {formatMoment(invitation.expiresAt)}</span>
        </span>
        <FieldProblem error={revoke.error} />
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label={`Take back the link for ${invitation.name}`}
        title="Take back"
        disabled={revoke.isPending}
        onClick={() => revoke.mutate(invitation.id, { onSuccess: () => toastDone("Taken back", "The link opens nothing any more.") })}
      >
        <Link2Off aria-hidden="true" />
      </button>
    </li>
  );
}
