import type { Tenant } from "@freehold/kernel/api/tenant";
import { useState, type FormEvent } from "react";
import { useNewToken, useRemoveTenant, useRestoreTenant } from "../../api/tenant-queries.ts";
import { Command } from "../../parts/command.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, FormProblem, TextField } from "../../parts/field.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { momentOf } from "./tenant-words.ts";

interface OfTenant {
  of: Tenant;
  onClose: () => void;
}

export function ShownToken({ id, token, onClose }: { id: string; token: string; onClose: () => void }) {
  return (
    <Dialog title={`The token of ${id}`} isHeld onClose={onClose}>
      <p>Programs and OpenClaw's own page ask for it. It is shown this once; another can be made at any time, which ends this one.</p>
      <Command text={token} />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}

export function NewToken({ of: tenant, onClose }: OfTenant) {
  const renew = useNewToken(tenant.id);
  if (renew.data !== undefined) return <ShownToken id={tenant.id} token={renew.data.token} onClose={onClose} />;
  return (
    <Dialog title={`A new token for ${tenant.name}?`} onClose={onClose}>
      <p>The present one ends at once, for every program that has it. The assistant restarts with the new one.</p>
      <FormProblem error={renew.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
        <button type="button" className="button primary" disabled={renew.isPending} onClick={() => renew.mutate(undefined)}>
          Make a new one
        </button>
      </div>
    </Dialog>
  );
}

const graces = [
  [0, "At once"],
  [1, "After a day"],
  [7, "After a week"],
  [30, "After a month"],
] as const;

export function RemoveTenant({ of: tenant, onClose }: OfTenant) {
  const remove = useRemoveTenant(tenant.id);
  const [days, setDays] = useState(7);
  const confirm = () =>
    remove.mutate(days, {
      onSuccess: () => {
        toastDone("Removed", days === 0 ? `${tenant.name} is erased after a last backup.` : `${tenant.name} can be kept after all for ${days} days.`);
        onClose();
      },
    });
  return (
    <Dialog title={`Remove ${tenant.name}?`} onClose={onClose}>
      <p>It stops, nobody enters any more, its key for models ends, and a last backup is made. Then its files are erased.</p>
      <Field label="Erase its files">
        <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {graces.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      <FormProblem error={remove.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button danger" disabled={remove.isPending} onClick={confirm}>
          Remove it
        </button>
      </div>
    </Dialog>
  );
}

export function RestoreTenant({ of: tenant, onClose }: OfTenant) {
  const restore = useRestoreTenant(tenant.id);
  const [local, setLocal] = useState("");
  const [into, setInto] = useState("");
  const at = momentOf(local);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (at === undefined) return;
    restore.mutate(
      { at, ...(into.trim() === "" ? {} : { into: into.trim() }) },
      {
        onSuccess: () => {
          toastDone("The restore has begun", "Its events tell when it is done.");
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title={`Restore ${tenant.name}`} isWide onClose={onClose}>
      <form className="key-form" onSubmit={submit}>
        <p>Its files become what they were in the last backup before that moment. What it has now is kept for a day.</p>
        <Field label="As it was on">
          <input type="datetime-local" required value={local} onChange={(event) => setLocal(event.target.value)} />
        </Field>
        <TextField
          label="Into another assistant"
          value={into}
          onChange={(text) => setInto(text.toLowerCase())}
          maxLength={32}
          placeholder={tenant.id}
          help="The address of a new one, to look without touching this one. Empty: in its place."
          code
        />
        <FormProblem error={restore.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" className={into.trim() === "" ? "button danger" : "button primary"} disabled={at === undefined || restore.isPending}>
            {restore.isPending ? "One moment…" : "Restore it"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
