import { Plus, Terminal, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useMakeToken, useRevokeToken, useTokens } from "../../api/account-queries.ts";
import type { ApiToken } from "../../api/account-types.ts";
import { useHome, useMe } from "../../api/queries.ts";
import { roles, type Role } from "../../api/types.ts";
import { formatMoment } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { FieldProblem } from "./field-problem.tsx";

export function TokensTab() {
  const tokens = useTokens();
  const [isMaking, setMaking] = useState(false);
  return (
    <>
      <div className="tab-header">
        <p className="muted lead">A token lets a command line or a script use this home's API as you, with the role you give it, until it ends.</p>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Plus aria-hidden="true" />
          New token
        </button>
      </div>
      {tokens.isError && <ProblemNotice error={tokens.error} title="The tokens can't be listed now" onRetry={() => void tokens.refetch()} />}
      {tokens.isPending && <SkeletonRows count={2} />}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <ul className="jobs">
          {tokens.data.map((token) => (
            <TokenItem key={token.id} of={token} />
          ))}
        </ul>
      )}
      {tokens.data?.length === 0 && (
        <EmptyState title="No tokens yet" icon={<Terminal />}>
          <p>Make one for a laptop or a script. It is shown once, kept as a hash, and can be revoked at any time. To call models, make a key under Models.</p>
        </EmptyState>
      )}
      {isMaking && <NewToken onClose={() => setMaking(false)} />}
    </>
  );
}

function TokenItem({ of: token }: { of: ApiToken }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <li className="row">
      <Terminal aria-hidden="true" />
      <div className="job-words">
        <span className="job-title">
          {token.name} <span className="tag">{token.role}</span>
        </span>
        <span className="job-facts">
          <span>
            made <Ago iso={token.createdAt} />
          </span>
          <span>{token.lastUsedAt === null ? "never used" : <>used {<Ago iso={token.lastUsedAt} />}</>}</span>
          <span>ends {formatMoment(token.expiresAt)}</span>
        </span>
      </div>
      <button type="button" className="icon-button" aria-label={`Revoke ${token.name}`} title="Revoke" onClick={() => setAsking(true)}>
        <Trash2 aria-hidden="true" />
      </button>
      {isAsking && <RevokeToken of={token} onClose={() => setAsking(false)} />}
    </li>
  );
}

function RevokeToken({ of: token, onClose }: { of: ApiToken; onClose: () => void }) {
  const revoke = useRevokeToken();
  const confirm = () =>
    revoke.mutate(token.id, {
      onSuccess: () => {
        toastDone("Revoked", `“${token.name}” is refused from now on.`);
        onClose();
      },
    });
  return (
    <Dialog title={`Revoke “${token.name}”?`} onClose={onClose}>
      <p>Every program that uses it is refused at once, and it can't be taken back.</p>
      <FieldProblem error={revoke.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button danger" disabled={revoke.isPending} onClick={confirm}>
          Revoke the token
        </button>
      </div>
    </Dialog>
  );
}

const lives = [
  { days: 7, label: "In a week" },
  { days: 30, label: "In 30 days" },
  { days: 90, label: "In 90 days" },
  { days: 366, label: "In a year" },
] as const;

function NewToken({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const mine = roles.slice(0, roles.indexOf(me.role) + 1);
  const make = useMakeToken();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(me.role === "owner" ? "operator" : me.role);
  const [days, setDays] = useState(90);
  if (make.data !== undefined) return <ShownToken name={make.data.name} token={make.data.token} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name, role, expiresInDays: days });
  };
  return (
    <Dialog title="New token" onClose={onClose}>
      <form className="key-form" onSubmit={submit}>
        <label className="field">
          <span>Name</span>
          <input required maxLength={100} value={name} placeholder="Laptop" onChange={(event) => setName(event.target.value)} />
        </label>
        <label className="field">
          <span>Role</span>
          <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {mine.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Ends</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {lives.map((life) => (
              <option key={life.days} value={life.days}>
                {life.label}
              </option>
            ))}
          </select>
        </label>
        <FieldProblem error={make.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" className="button primary" disabled={make.isPending}>
            Make the token
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function ShownToken({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const { data } = useHome();
  return (
    <Dialog title={`The token “${name}”`} isHeld onClose={onClose}>
      <p>Copy it now: it is shown this once, and only its hash is kept.</p>
      <Command text={token} />
      <h3>The jobs, from a shell</h3>
      <Command text={`curl -H "authorization: Bearer ${token}" ${data?.publicOrigin ?? location.origin}/api/jobs`} />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}
