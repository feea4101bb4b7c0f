import { useState, type FormEvent } from "react";
import type { KeyWish, VirtualKey } from "../../api/models-types.ts";
import { useProviders } from "../../api/queries.ts";
import { formatMoment } from "../../format.ts";
import { CheckField } from "../../parts/field.tsx";
import { Prose } from "../../parts/prose.tsx";
import { draftOf, keepExpiry, lifetimes, limitFields, wishOf, type KeyDraft } from "./key-draft.ts";

interface Props {
  /** Absent for a new key. */
  of?: VirtualKey;
  verb: string;
  problem: Error | null;
  isPending: boolean;
  onSubmit: (wish: KeyWish) => void;
  onCancel: () => void;
}

/** The fields of a key, new or known. */
export function KeyForm({ of: known, verb, problem, isPending, onSubmit, onCancel }: Props) {
  const [draft, setDraft] = useState(() => draftOf(known));
  const change = (part: Partial<KeyDraft>) => setDraft({ ...draft, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.name.trim() !== "" && !isPending) onSubmit(wishOf(draft, Date.now(), known === undefined));
  };
  return (
    <form className="key-form" onSubmit={submit}>
      <label className="field">
        <span>Name</span>
        <input
          autoFocus // oxlint-disable-line jsx-a11y/no-autofocus -- the dialog was opened to write it
          value={draft.name}
          maxLength={200}
          placeholder="What it is for: laptop, chat bot, …"
          onChange={(event) => change({ name: event.target.value })}
        />
      </label>
      <label className="field">
        <span>Ends</span>
        <select value={draft.expiry} onChange={(event) => change({ expiry: event.target.value })}>
          {known !== undefined && <option value={keepExpiry}>{known.expiresAt === null ? "Never, as now" : `${formatMoment(known.expiresAt)}, as now`}</option>}
          {lifetimes
            .filter(({ days }) => days !== "" || known?.expiresAt !== null || known === undefined)
            .map(({ days, label }) => (
              <option key={days} value={days}>
                {label}
              </option>
            ))}
        </select>
      </label>
      <Budget draft={draft} change={change} />
      <Limits draft={draft} change={change} />
      <CheckField
        label="Keep what is sent with it"
        help="sealed, for some days, read by the owner alone; else nobody's words are kept"
        checked={draft.keepBodies}
        onChange={(keepBodies) => change({ keepBodies })}
      />
      {problem !== null && (
        <p className="field-problem" role="alert">
          <Prose text={problem.message} />
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={draft.name.trim() === "" || isPending}>
          {isPending ? "One moment…" : verb}
        </button>
      </div>
    </form>
  );
}

interface Part {
  draft: KeyDraft;
  change: (part: Partial<KeyDraft>) => void;
}

function Budget({ draft, change }: Part) {
  return (
    <fieldset className="field-row">
      <legend>Budget</legend>
      <label className="field">
        <span>$ a day</span>
        <input type="number" min="0" step="any" placeholder="no bound" value={draft.dayUsd} onChange={(event) => change({ dayUsd: event.target.value })} />
      </label>
      <label className="field">
        <span>$ a month</span>
        <input type="number" min="0" step="any" placeholder="no bound" value={draft.monthUsd} onChange={(event) => change({ monthUsd: event.target.value })} />
      </label>
      <label className="field">
        <span>Warn at %</span>
        <input type="number" min="1" max="100" placeholder="80" value={draft.warnPercent} onChange={(event) => change({ warnPercent: event.target.value })} />
      </label>
    </fieldset>
  );
}

function Limits({ draft, change }: Part) {
  const startsOpen = draft.models !== "" || draft.providers.length > 0 || Object.values(draft.limits).some((limit) => limit !== "");
  return (
    <details className="more-fields" open={startsOpen}>
      <summary>Limits and scopes</summary>
      <div className="more-rows">
        <div className="field-row">
          {limitFields.map(({ name, label }) => (
            <label className="field" key={name}>
              <span>{label}</span>
              <input
                type="number"
                min="1"
                step="1"
                placeholder="no bound"
                value={draft.limits[name]}
                onChange={(event) => change({ limits: { ...draft.limits, [name]: event.target.value } })}
              />
            </label>
          ))}
        </div>
        <label className="field">
          <span>Only these models</span>
          <input
            value={draft.models}
            placeholder="all; or claude-haiku-*, claude-sonnet-5-5"
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => change({ models: event.target.value })}
          />
        </label>
        <ProviderScope draft={draft} change={change} />
      </div>
    </details>
  );
}

function ProviderScope({ draft, change }: Part) {
  const { data } = useProviders();
  // One that the key names and the gateway no longer has stays to be seen, and to be taken out.
  const names = [...new Set([...(data?.providers.map(({ name }) => name) ?? []), ...draft.providers])];
  if (names.length === 0) return null;
  const toggle = (name: string, on: boolean) => change({ providers: on ? [...draft.providers, name] : draft.providers.filter((other) => other !== name) });
  return (
    <fieldset className="checks">
      <legend>Only these providers</legend>
      {names.map((name) => (
        <label key={name}>
          <input type="checkbox" checked={draft.providers.includes(name)} onChange={(event) => toggle(name, event.target.checked)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
