import { channelKinds, noticeKinds } from "@freehold/kernel/api/notice";
import { useState, type FormEvent } from "react";
import { useSaveChannel, type Channel } from "../../api/notice-queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { CheckField, ChoiceField, FormProblem, TextField } from "../../parts/field.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { draftOf, eventWords, isReady, kindWords, wishOf, type ChannelDraft } from "./channel-draft.ts";

export function ChannelDialog({ known, onClose }: { known?: Channel; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(known));
  const save = useSaveChannel(known?.id);
  const put = (part: Partial<ChannelDraft>) => setDraft((before) => ({ ...before, ...part }));
  const ready = isReady(draft, known) && !save.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    save.mutate(wishOf(draft, known), {
      onSuccess: () => {
        toastDone("The channel is stored", "Send it a test to see that it arrives.");
        onClose();
      },
    });
  };
  return (
    <Dialog title={known === undefined ? "New channel" : "Change the channel"} onClose={onClose} isWide>
      <form className="form" onSubmit={submit}>
        <div className="field-row">
          <TextField label="Name" value={draft.name} placeholder="My phone" maxLength={100} startsFocused onChange={(name) => put({ name })} />
          <ChoiceField
            label="Kind"
            value={draft.kind}
            choices={channelKinds.map((kind) => [kind, kindWords[kind]] as const)}
            onChange={(kind) => put({ kind })}
          />
        </div>
        {draft.kind === "mail" ? <Mail draft={draft} put={put} known={known} /> : <Address draft={draft} put={put} known={known} />}
        <fieldset className="checks">
          <legend>Tells of</legend>
          {noticeKinds.map((kind) => (
            <CheckField
              key={kind}
              label={eventWords[kind]}
              checked={draft.events.includes(kind)}
              onChange={(wanted) => put({ events: wanted ? [...draft.events, kind] : draft.events.filter((other) => other !== kind) })}
            />
          ))}
        </fieldset>
        <FormProblem error={save.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={!ready}>
            {save.isPending ? "One moment…" : known === undefined ? "Make the channel" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface Part {
  draft: ChannelDraft;
  put: (part: Partial<ChannelDraft>) => void;
  known: Channel | undefined;
}

const addressHelp = {
  ntfy: "The server and a topic that nobody guesses, such as https://ntfy.sh/my-home-7f3k9. Questions come with buttons that answer them.",
  slack: "The address of an incoming webhook. It gets links, no buttons: a channel has many readers.",
  webhook: "Gets a signed POST of everything that is known (Standard Webhooks).",
} as const;

function Address({ draft, put, known }: Part) {
  if (draft.kind === "mail") return null;
  const kept = known?.kind === draft.kind ? `${known.target}, as now` : "https://";
  const hasToken = known?.secrets.includes("token") === true;
  const hasSecret = known?.secrets.includes("secret") === true;
  return (
    <>
      <TextField label="Address" type="url" wide placeholder={kept} value={draft.url} help={addressHelp[draft.kind]} onChange={(url) => put({ url })} />
      {draft.kind === "ntfy" && (
        <TextField
          label="Access token"
          type="password"
          placeholder={hasToken ? "stays as it is" : "only where the server wants one"}
          value={draft.token}
          onChange={(token) => put({ token })}
        />
      )}
      {draft.kind === "webhook" && (
        <TextField
          label="Its own secret to sign with"
          type="password"
          placeholder={hasSecret ? "stays as it is" : "the home's"}
          value={draft.secret}
          help="whsec_ and base64"
          onChange={(secret) => put({ secret })}
        />
      )}
    </>
  );
}

function Mail({ draft, put, known }: Part) {
  return (
    <>
      <div className="field-row">
        <TextField label="Mail server" value={draft.host} placeholder="smtp.example.com" onChange={(host) => put({ host })} />
        <TextField label="Port" type="number" min={1} max={65_535} value={draft.port} onChange={(port) => put({ port })} />
        <ChoiceField
          label="Encryption"
          value={draft.security}
          choices={[
            ["starttls", "STARTTLS"],
            ["tls", "TLS from the first byte"],
            ["none", "none"],
          ]}
          onChange={(security) => put({ security })}
        />
      </div>
      <div className="field-row">
        <TextField label="User" value={draft.user} onChange={(user) => put({ user })} />
        <TextField
          label="Password"
          type="password"
          value={draft.password}
          placeholder={known?.secrets.includes("password") === true ? "stays as it is" : ""}
          onChange={(password) => put({ password })}
        />
      </div>
      <div className="field-row">
        <TextField label="From" value={draft.from} placeholder="home@example.com" onChange={(from) => put({ from })} />
        <TextField label="To" value={draft.to} placeholder="you@example.com, …" onChange={(to) => put({ to })} />
      </div>
    </>
  );
}
