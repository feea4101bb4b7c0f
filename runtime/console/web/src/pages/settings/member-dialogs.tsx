import { useState, type FormEvent } from "react";
import { useInvite, usePasswordLink, useRemoveMember } from "../../api/account-queries.ts";
import type { GuestRole, Link, Member } from "../../api/account-types.ts";
import { formatMoment } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { FieldProblem } from "./field-problem.tsx";
import { roleWords } from "./role-words.ts";
import { Sessions } from "./sessions.tsx";

const lives = [
  { hours: 24, label: "In a day" },
  { hours: 72, label: "In three days" },
  { hours: 168, label: "In a week" },
] as const;

export function Invite({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const [name, setName] = useState("");
  const [role, setRole] = useState<GuestRole>("viewer");
  const [hours, setHours] = useState(72);
  if (invite.data !== undefined) return <ShownLink shown={invite.data} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ name, role, expiresInHours: hours });
  };
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form className="key-form" onSubmit={submit}>
        <label className="field">
          <span>The name they sign in with</span>
          <input required maxLength={64} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <fieldset className="role-cards">
          <legend>Role</legend>
          {(["viewer", "operator"] as const).map((choice) => (
            // oxlint-disable-next-line jsx-a11y/label-has-associated-control -- its words lie one element deeper than the rule looks
            <label key={choice}>
              <input type="radio" name="role" value={choice} checked={role === choice} onChange={() => setRole(choice)} />
              <span>
                <strong>{choice}</strong>
                <span className="muted">{roleWords[choice]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <label className="field">
          <span>The link ends</span>
          <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {lives.map((life) => (
              <option key={life.hours} value={life.hours}>
                {life.label}
              </option>
            ))}
          </select>
        </label>
        <FieldProblem error={invite.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" className="button primary" disabled={invite.isPending}>
            Make the link
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function ShownLink({ shown, onClose }: { shown: Link; onClose: () => void }) {
  return (
    <Dialog title={`A link for ${shown.name}`} isHeld onClose={onClose}>
      <p>Send it to them in a way that nobody else reads: it is shown this once, works once, and ends {formatMoment(shown.expiresAt)}.</p>
      <Command text={shown.link} />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          I have sent it
        </button>
      </div>
    </Dialog>
  );
}

interface OfMember {
  of: Member;
  onClose: () => void;
}

export function PasswordLink({ of: member, onClose }: OfMember) {
  const link = usePasswordLink(member.id);
  if (link.data !== undefined) return <ShownLink shown={link.data} onClose={onClose} />;
  return (
    <Dialog title={`Another password for ${member.name}?`} onClose={onClose}>
      <p>
        You get a link to send them, by which they set one. The present one works until they do; then their sessions end. Earlier links open nothing any more.
      </p>
      <FieldProblem error={link.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
        <button type="button" className="button primary" disabled={link.isPending} onClick={() => link.mutate(undefined)}>
          Make the link
        </button>
      </div>
    </Dialog>
  );
}

export function RemoveMember({ of: member, onClose }: OfMember) {
  const remove = useRemoveMember(member.id);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        toastDone("Removed", `${member.name} is out.`);
        onClose();
      },
    });
  return (
    <Dialog title={`Remove ${member.name}?`} onClose={onClose}>
      <p>Their sessions and tokens end at once, and they can't sign in any more. Their jobs stay, and the audit log keeps what they did.</p>
      <FieldProblem error={remove.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep them
        </button>
        <button type="button" className="button danger" disabled={remove.isPending} onClick={confirm}>
          Remove {member.name}
        </button>
      </div>
    </Dialog>
  );
}

export function SessionsOf({ of: member, onClose }: OfMember) {
  return (
    <Dialog title={`Where ${member.name} is signed in`} onClose={onClose}>
      <Sessions member={member} />
    </Dialog>
  );
}
