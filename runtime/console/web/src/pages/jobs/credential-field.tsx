import { KeyRound } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useMay } from "../../api/queries.ts";
import { useCredentials, useSaveCredential } from "../../api/template-queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ChoiceField, FormProblem, TextField } from "../../parts/field.tsx";

/** The token that opens a repository, by its name; a new one can be stored on the way. */
export function CredentialField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const [storing, setStoring] = useState(false);
  const isOwner = useMay("owner");
  const credentials = useCredentials();
  const names = (credentials.data ?? []).map(({ name }) => name);
  const all = value === "" || names.includes(value) ? names : [...names, value];
  return (
    <div className="credential-field">
      <ChoiceField label="Credential" value={value} choices={[["", "none"] as const, ...all.map((name) => [name, name] as const)]} onChange={onChange} />
      {isOwner && (
        <button type="button" className="icon-button" aria-label="Store a credential" title="Store a credential" onClick={() => setStoring(true)}>
          <KeyRound aria-hidden="true" />
        </button>
      )}
      {storing && (
        <CredentialDialog
          onClose={() => setStoring(false)}
          onStored={(name) => {
            setStoring(false);
            onChange(name);
          }}
        />
      )}
    </div>
  );
}

function CredentialDialog({ onClose, onStored }: { onClose: () => void; onStored: (name: string) => void }) {
  const [draft, setDraft] = useState({ name: "", origin: "https://github.com", username: "", token: "" });
  const save = useSaveCredential();
  const put = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const isReady = draft.name !== "" && draft.token !== "" && !save.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // It may stand within another form, which it must not send.
    event.stopPropagation();
    if (isReady) save.mutate(draft, { onSuccess: () => onStored(draft.name) });
  };
  return (
    <Dialog title="Store a credential" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p className="muted">The token is kept sealed and never shown again. Give it no more rights than the repositories need.</p>
        <TextField label="Name" value={draft.name} placeholder="github" help="Small letters, digits, dashes" startsFocused onChange={(name) => put({ name })} />
        <TextField label="Token" type="password" value={draft.token} onChange={(token) => put({ token })} />
        <div className="field-row">
          <TextField label="For" type="url" value={draft.origin} onChange={(origin) => put({ origin })} />
          <TextField label="User" value={draft.username} placeholder="x-access-token" onChange={(username) => put({ username })} />
        </div>
        <FormProblem error={save.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={!isReady}>
            Store it
          </button>
        </div>
      </form>
    </Dialog>
  );
}
