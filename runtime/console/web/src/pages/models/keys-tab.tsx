import { KeyRound, Pencil, Plus, RefreshCw, Trash2, type LucideIcon } from "lucide-react";
import { useState, type ComponentType } from "react";
import { Link } from "wouter";
import { mostKeys, useKeys, useKeyUse, type KeyKind } from "../../api/models-queries.ts";
import type { KeyBudget, KeyUse, VirtualKey } from "../../api/models-types.ts";
import { formatCost, formatMoment } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago, useNow } from "../../parts/time.tsx";
import { ChangeKey, NewKey, ReplaceKey, RevokeKey } from "./key-dialogs.tsx";
import { describeRules } from "./key-draft.ts";

const kinds: readonly { kind: KeyKind; label: string; none: string }[] = [
  { kind: "own", label: "Yours", none: "No keys of yours yet" },
  { kind: "job", label: "Of running jobs", none: "No job holds a key now" },
  { kind: "ended", label: "Ended", none: "No key has ended yet" },
];

export function KeysTab() {
  const [kind, setKind] = useState<KeyKind>("own");
  const keys = useKeys(kind);
  const [isMaking, setMaking] = useState(false);
  const shown = keys.data ?? [];
  return (
    <>
      <div className="tab-header">
        <p className="muted lead">A key lets a program call models through this home. The providers' own keys stay in the gateway.</p>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Plus aria-hidden="true" />
          New key
        </button>
      </div>
      <div className="chips" role="group" aria-label="Show keys">
        {kinds.map((choice) => (
          <button key={choice.kind} type="button" className="chip" aria-pressed={choice.kind === kind} onClick={() => setKind(choice.kind)}>
            {choice.label}
          </button>
        ))}
      </div>
      {keys.isError && <ProblemNotice error={keys.error} title="The keys can't be listed now" onRetry={() => void keys.refetch()} />}
      {keys.isPending && <SkeletonRows count={3} />}
      {shown.length > 0 && (
        <ul className="jobs">
          {shown.map((key) => (
            <KeyItem key={key.id} of={key} isLive={kind !== "ended"} />
          ))}
        </ul>
      )}
      {keys.data !== undefined && shown.length === 0 && <NoKeys kind={kind} />}
      {shown.length === mostKeys && <p className="muted">These are the {mostKeys} newest.</p>}
      {isMaking && <NewKey onClose={() => setMaking(false)} />}
    </>
  );
}

function NoKeys({ kind }: { kind: KeyKind }) {
  return (
    <EmptyState title={kinds.find((known) => known.kind === kind)!.none} icon={<KeyRound />}>
      {kind === "own" && (
        <p>
          Make one for Claude Code on your laptop, an SDK or a script. Each can have limits, a budget and an end of its own, is counted by itself, and can be
          revoked at any time without touching the others.
        </p>
      )}
      {kind === "job" && <p>Each attempt of a job gets one of its own, which is revoked when the attempt ends.</p>}
      {kind === "ended" && <p>Keys of yours that were revoked or have expired stay here, since the books speak of them.</p>}
    </EmptyState>
  );
}

type Doing = "change" | "replace" | "revoke";

const dialogs: Readonly<Record<Doing, ComponentType<{ of: VirtualKey; onClose: () => void }>>> = {
  change: ChangeKey,
  replace: ReplaceKey,
  revoke: RevokeKey,
};

function KeyItem({ of: key, isLive }: { of: VirtualKey; isLive: boolean }) {
  const [doing, setDoing] = useState<Doing>();
  const Doing = doing && dialogs[doing];
  const budget = key.budget ?? undefined;
  const use = useKeyUse(key.id, isLive && budget !== undefined);
  return (
    <li className="key">
      <div className="job-words">
        <span className="job-title">{key.name}</span>
        <span className="job-facts">
          <span>
            made <Ago iso={key.createdAt} />
          </span>
          <Ending of={key} />
          {key.jobId !== null && <Link href={`/jobs/${key.jobId}`}>its job</Link>}
        </span>
      </div>
      {isLive && (
        <div className="key-actions">
          <Action icon={Pencil} label={`Change ${key.name}`} title="Change" onClick={() => setDoing("change")} />
          <Action icon={RefreshCw} label={`Replace ${key.name}`} title="Replace" onClick={() => setDoing("replace")} />
          <Action icon={Trash2} label={`Revoke ${key.name}`} title="Revoke" onClick={() => setDoing("revoke")} />
        </div>
      )}
      <Rules of={key} />
      {budget !== undefined && use.data !== undefined && <Spent budget={budget} use={use.data} />}
      {Doing !== undefined && <Doing of={key} onClose={() => setDoing(undefined)} />}
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

function Ending({ of: { revokedAt, expiresAt } }: { of: VirtualKey }) {
  const now = useNow(20_000);
  if (revokedAt !== null)
    return (
      <span>
        revoked <Ago iso={revokedAt} />
      </span>
    );
  if (expiresAt === null) return <span>never ends</span>;
  return <span title={formatMoment(expiresAt)}>{`${Date.parse(expiresAt) <= now ? "ended" : "ends"} ${formatMoment(expiresAt)}`}</span>;
}

function Rules({ of: key }: { of: VirtualKey }) {
  const rules = describeRules(key);
  if (rules.length === 0) return null;
  return (
    <span className="key-rules">
      {rules.map((rule) => (
        <span key={rule} className="tag">
          {rule}
        </span>
      ))}
    </span>
  );
}

function Spent({ budget, use }: { budget: KeyBudget; use: KeyUse }) {
  const bounds = [
    { name: "today", spent: use.dayUsd, most: budget.dayUsd },
    { name: "this month", spent: use.monthUsd, most: budget.monthUsd },
  ].filter((bound) => bound.most !== undefined);
  return (
    <span className="key-spent">
      {bounds.map(({ name, spent, most = 0 }) => (
        <span key={name}>
          <Share part={most === 0 ? 1 : spent / most} warnAt={(budget.warnPercent ?? 80) / 100} />
          {formatCost(spent)} of ${most} {name}
        </span>
      ))}
    </span>
  );
}

/** The words beside it say the same. */
function Share({ part, warnAt }: { part: number; warnAt: number }) {
  const state = part >= 1 ? "full" : part >= warnAt ? "near" : "";
  return (
    <span className={`share ${state}`} aria-hidden="true">
      <span style={{ width: `${Math.min(100, part * 100)}%` }} />
    </span>
  );
}
