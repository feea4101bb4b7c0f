import type { Tenant } from "@freehold/kernel/api/tenant";
import { useState, type FormEvent } from "react";
import { useAddTenant, useChangeTenant } from "../../api/tenant-queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { AreaField, CheckField, FormProblem, TextField } from "../../parts/field.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { ShownToken } from "./tenant-dialogs.tsx";
import { namesIn } from "./tenant-words.ts";

interface Draft {
  id: string;
  name: string;
  people: string;
  memoryMb: string;
  dailyUsd: string;
  monthlyUsd: string;
  internet: boolean;
}

const amount = (text: string) => (text === "" ? null : Number(text));
const shownAmount = (value: number | null) => (value === null ? "" : String(value));

const draftOf = (known?: Tenant): Draft => ({
  id: known?.id ?? "",
  name: known?.name ?? "",
  people: known?.people.join("\n") ?? "",
  memoryMb: known === undefined ? "" : String(known.memoryMb),
  dailyUsd: shownAmount(known?.budget.dailyUsd ?? null),
  monthlyUsd: shownAmount(known?.budget.monthlyUsd ?? null),
  internet: known?.internet ?? true,
});

const wishOf = ({ name, people, memoryMb, dailyUsd, monthlyUsd, internet }: Draft) => ({
  ...(name.trim() === "" ? {} : { name: name.trim() }),
  people: namesIn(people),
  ...(memoryMb === "" ? {} : { memoryMb: Number(memoryMb) }),
  budget: { dailyUsd: amount(dailyUsd), monthlyUsd: amount(monthlyUsd) },
  internet,
});

export function AddTenant({ onClose }: { onClose: () => void }) {
  const add = useAddTenant();
  const [draft, setDraft] = useState(() => draftOf());
  const made = add.data;
  if (made?.token !== undefined) return <ShownToken id={made.id} token={made.token} onClose={onClose} />;
  const submit = () =>
    add.mutate(
      { id: draft.id.trim(), ...wishOf(draft) },
      { onSuccess: ({ token, name }) => token === undefined && (toastDone("It is there already", name), onClose()) },
    );
  return (
    <Dialog title="New assistant" isWide onClose={onClose}>
      <Form draft={draft} onChange={setDraft} verb="Make it" isPending={add.isPending} problem={add.error} onSubmit={submit} onCancel={onClose} isNew />
    </Dialog>
  );
}

export function ChangeTenant({ of: tenant, onClose }: { of: Tenant; onClose: () => void }) {
  const change = useChangeTenant(tenant.id);
  const [draft, setDraft] = useState(() => draftOf(tenant));
  const submit = () =>
    change.mutate(wishOf(draft), {
      onSuccess: () => {
        toastDone("Changed", "Who may enter holds at once; memory from its next start on.");
        onClose();
      },
    });
  return (
    <Dialog title={`Change ${tenant.name}`} isWide onClose={onClose}>
      <Form draft={draft} onChange={setDraft} verb="Save" isPending={change.isPending} problem={change.error} onSubmit={submit} onCancel={onClose} />
    </Dialog>
  );
}

interface FormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  verb: string;
  isNew?: boolean;
  isPending: boolean;
  problem: Error | null;
  onSubmit: () => void;
  onCancel: () => void;
}

function Form({ draft, onChange, verb, isNew = false, isPending, problem, onSubmit, onCancel }: FormProps) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.id.trim() !== "") onSubmit();
  };
  return (
    <form className="key-form" onSubmit={submit}>
      {isNew && (
        <TextField
          label="Address"
          value={draft.id}
          onChange={(id) => set({ id: id.toLowerCase() })}
          maxLength={32}
          help="The first word of its address: 2 to 32 lower-case letters, digits and dashes. It stays for good."
          startsFocused
          code
        />
      )}
      <TextField label="Name" value={draft.name} onChange={(name) => set({ name })} maxLength={100} placeholder="What people call it" />
      <AreaField
        label="Who may enter"
        rows={2}
        value={draft.people}
        onChange={(people) => set({ people })}
        help="Names of members, one a line. The owner always may."
      />
      <Limits draft={draft} set={set} />
      <CheckField label="May reach the Internet" checked={draft.internet} onChange={(internet) => set({ internet })} />
      <FormProblem error={problem} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={draft.id.trim() === "" || isPending}>
          {isPending ? "One moment…" : verb}
        </button>
      </div>
    </form>
  );
}

function Limits({ draft, set }: { draft: Draft; set: (part: Partial<Draft>) => void }) {
  return (
    <fieldset className="field-row">
      <legend>Limits</legend>
      <TextField
        label="Memory, MB"
        type="number"
        min={1_024}
        step={64}
        value={draft.memoryMb}
        onChange={(memoryMb) => set({ memoryMb })}
        placeholder="the home's"
      />
      <TextField label="$ a day" type="number" min={0} step="any" value={draft.dailyUsd} onChange={(dailyUsd) => set({ dailyUsd })} placeholder="no bound" />
      <TextField
        label="$ a month"
        type="number"
        min={0}
        step="any"
        value={draft.monthlyUsd}
        onChange={(monthlyUsd) => set({ monthlyUsd })}
        placeholder="no bound"
      />
    </fieldset>
  );
}
