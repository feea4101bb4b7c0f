import { useState } from "react";
import { useChangeKey, useCreateKey, useRevokeKey, useRotateKey } from "../../api/models-queries.ts";
import type { ShownKey as Shown, VirtualKey } from "../../api/models-types.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Prose } from "../../parts/prose.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { KeyForm } from "./key-form.tsx";
import { ShownKey } from "./shown-key.tsx";

export function NewKey({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  if (create.data !== undefined) return <ShownKey shown={create.data} onClose={onClose} />;
  return (
    <Dialog title="New key" onClose={onClose}>
      <KeyForm verb="Make the key" problem={create.error} isPending={create.isPending} onSubmit={(wish) => create.mutate(wish)} onCancel={onClose} />
    </Dialog>
  );
}

interface OfKey {
  of: VirtualKey;
  onClose: () => void;
}

export function ChangeKey({ of: key, onClose }: OfKey) {
  const change = useChangeKey(key.id);
  const save = (wish: Parameters<typeof change.mutate>[0]) =>
    change.mutate(wish, {
      onSuccess: ({ name }) => {
        toastDone("Changed", `What “${name}” may do holds from its next call on.`);
        onClose();
      },
    });
  return (
    <Dialog title="Change the key" onClose={onClose}>
      <KeyForm of={key} verb="Save" problem={change.error} isPending={change.isPending} onSubmit={save} onCancel={onClose} />
    </Dialog>
  );
}

const graces = [
  { seconds: 0, label: "Not at all: it is refused at once" },
  { seconds: 3_600, label: "For an hour" },
  { seconds: 86_400, label: "For a day" },
  { seconds: 604_800, label: "For a week" },
] as const;

export function ReplaceKey({ of: key, onClose }: OfKey) {
  const rotate = useRotateKey(key.id);
  const [grace, setGrace] = useState(86_400);
  const [shown, setShown] = useState<Shown>();
  if (shown !== undefined) return <ShownKey shown={shown} onClose={onClose} />;
  return (
    <Dialog title={`Replace “${key.name}”?`} onClose={onClose}>
      <p>It gets another text and keeps its name, limits, budget and books.</p>
      <label className="field">
        <span>How long the present one still works</span>
        <select value={grace} onChange={(event) => setGrace(Number(event.target.value))}>
          {graces.map(({ seconds, label }) => (
            <option key={seconds} value={seconds}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Problem error={rotate.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
        <button type="button" className="button primary" disabled={rotate.isPending} onClick={() => rotate.mutate(grace, { onSuccess: setShown })}>
          Replace it
        </button>
      </div>
    </Dialog>
  );
}

export function RevokeKey({ of: key, onClose }: OfKey) {
  const revoke = useRevokeKey(key.id);
  const confirm = () =>
    revoke.mutate(undefined, {
      onSuccess: () => {
        toastDone("Revoked", `“${key.name}” is refused from now on.`);
        onClose();
      },
    });
  return (
    <Dialog title={`Revoke “${key.name}”?`} onClose={onClose}>
      <p>
        Every program that uses it is refused at once, and it can't be taken back. What it has cost stays in the books.
        {key.jobId !== null && " The job that it belongs to will fail."}
      </p>
      <Problem error={revoke.error} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" className="button danger" disabled={revoke.isPending} onClick={confirm}>
          Revoke the key
        </button>
      </div>
    </Dialog>
  );
}

function Problem({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="field-problem" role="alert">
      <Prose text={error.message} />
    </p>
  );
}
