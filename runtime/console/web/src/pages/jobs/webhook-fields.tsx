import { jobNoticeKinds } from "../../api/job-types.ts";
import { CheckField, TextField } from "../../parts/field.tsx";
import { eventWords } from "../notices/channel-draft.ts";
import { hasBlank } from "./mcp-draft.ts";
import type { OptionProblems } from "./options-draft.ts";
import type { WebhookDraft } from "./webhook-draft.ts";

interface Props {
  draft: WebhookDraft;
  put: (part: Partial<WebhookDraft>) => void;
  problems: OptionProblems;
}

/** Where this job alone tells how it ended; channels tell of all jobs. */
export function WebhookFields({ draft, put, problems }: Props) {
  const { webhookEvents } = draft;
  return (
    <fieldset className="field-row">
      <legend>Webhook</legend>
      <TextField
        label="Address to tell"
        type={hasBlank(draft.webhookUrl) ? "text" : "url"}
        wide
        value={draft.webhookUrl}
        placeholder="https://example.com/hook"
        help="gets a signed POST (Standard Webhooks) about this job"
        problem={problems.webhookUrl}
        onChange={(webhookUrl) => put({ webhookUrl })}
      />
      {draft.webhookUrl.trim() !== "" && (
        <>
          <fieldset className="checks field wide">
            <legend>Tells of</legend>
            {jobNoticeKinds.map((kind) => (
              <CheckField
                key={kind}
                label={eventWords[kind]}
                checked={webhookEvents.includes(kind)}
                onChange={(on) => put({ webhookEvents: jobNoticeKinds.filter((known) => (known === kind ? on : webhookEvents.includes(known))) })}
              />
            ))}
            {problems.webhookEvents !== undefined && <small className="field-problem">{problems.webhookEvents}</small>}
          </fieldset>
          <TextField
            label="Its own secret to sign with"
            type="password"
            wide
            value={draft.webhookSecret}
            placeholder="the home's"
            help="whsec_ and base64"
            problem={problems.webhookSecret}
            onChange={(webhookSecret) => put({ webhookSecret })}
          />
        </>
      )}
    </fieldset>
  );
}
