import type { ScheduleView } from "@freehold/kernel/api/schedule";
import { useDeferredValue, useState, type FormEvent } from "react";
import { useChangeSchedule, useCreateSchedule, usePreview } from "../../api/schedule-queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { AreaField, CheckField, ChoiceField, FormProblem, TextField } from "../../parts/field.tsx";
import { Prose } from "../../parts/prose.tsx";
import { submitOnCtrlEnter } from "../../shell/shortcuts.ts";
import { draftOf, isReady, wishOf, type ScheduleDraft } from "./schedule-draft.ts";
import { NextTimes } from "./next-times.tsx";

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")];

const examples = [
  ["0 7 * * 1-5", "weekdays at 7"],
  ["@daily", "midnight"],
  ["*/15 * * * *", "each quarter of an hour"],
  ["@every 90m", "each 90 minutes"],
  ["0 9 1 * *", "the 1st at 9"],
] as const;

/** Where a schedule is written, with its next times told while it is. */
export function ScheduleDialog({ known, onClose, onSaved }: { known?: ScheduleView; onClose: () => void; onSaved: (schedule: ScheduleView) => void }) {
  const [draft, setDraft] = useState(() => draftOf(known, ownZone));
  const create = useCreateSchedule();
  const change = useChangeSchedule(known?.id ?? "");
  const saving = known === undefined ? create : change;
  const put = (part: Partial<ScheduleDraft>) => setDraft({ ...draft, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady(draft) && !saving.isPending) saving.mutate(wishOf(draft, known), { onSuccess: onSaved });
  };
  return (
    <Dialog title={known === undefined ? "New schedule" : "Change the schedule"} onClose={onClose} isWide>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of its own fields */}
      <form className="form" onSubmit={submit} onKeyDown={submitOnCtrlEnter}>
        <TextField label="Name" value={draft.name} maxLength={200} placeholder="Morning news" startsFocused onChange={(name) => put({ name })} />
        <When draft={draft} put={put} />
        <What draft={draft} put={put} known={known} />
        <Rules draft={draft} put={put} />
        <FormProblem error={saving.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={!isReady(draft) || saving.isPending}>
            {saving.isPending ? "One moment…" : known === undefined ? "Make the schedule" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface Part {
  draft: ScheduleDraft;
  put: (part: Partial<ScheduleDraft>) => void;
}

function When({ draft, put }: Part) {
  const schedule = useDeferredValue(draft.schedule);
  const preview = usePreview(schedule, draft.timeZone);
  return (
    <div className="form-part">
      <div className="field-row">
        <TextField
          label="When"
          value={draft.schedule}
          maxLength={500}
          code
          invalid={preview.isError}
          help="minute hour day month weekday; or @daily, @every 90m"
          onChange={(next) => put({ schedule: next })}
        />
        <TextField label="Time zone" value={draft.timeZone} list={zones} onChange={(timeZone) => put({ timeZone })} />
      </div>
      <div className="chips" role="group" aria-label="Examples">
        {examples.map(([text, means]) => (
          <button key={text} type="button" className="chip" aria-pressed={draft.schedule === text} title={text} onClick={() => put({ schedule: text })}>
            {means}
          </button>
        ))}
      </div>
      <div className="preview-times" aria-live="polite">
        {preview.isError ? (
          <p className="field-problem">
            <Prose text={preview.error.message} />
          </p>
        ) : (
          preview.data !== undefined && <NextTimes of={preview.data} />
        )}
      </div>
    </div>
  );
}

function What({ draft, put, known }: Part & { known: ScheduleView | undefined }) {
  const hidden = known?.environment ?? [];
  return (
    <div className="form-part">
      <div className="chips" role="group" aria-label="What it does">
        <button type="button" className="chip" aria-pressed={draft.kind === "prompt"} onClick={() => put({ kind: "prompt" })}>
          A prompt for Claude Code
        </button>
        <button type="button" className="chip" aria-pressed={draft.kind === "command"} onClick={() => put({ kind: "command" })}>
          A command
        </button>
      </div>
      {draft.kind === "prompt" ? (
        <>
          <AreaField label="Prompt" value={draft.prompt} rows={5} placeholder="What should be done each time?" onChange={(prompt) => put({ prompt })} />
          <TextField label="Model" value={draft.model} placeholder="Default model" list={["opus", "sonnet", "haiku"]} onChange={(model) => put({ model })} />
        </>
      ) : (
        <>
          <TextField
            label="Command"
            value={draft.command}
            code
            wide
            placeholder="sh -c 'make report'"
            help="No shell reads it: for pipes and variables write sh -c '…'"
            onChange={(command) => put({ command })}
          />
          <AreaField
            label="Variables"
            value={draft.environment}
            rows={2}
            code
            placeholder="NAME=value"
            help={hidden.length === 0 ? "One a line" : `Has ${hidden.join(", ")}. What is written here takes the place of all of them.`}
            onChange={(environment) => put({ environment })}
          />
        </>
      )}
    </div>
  );
}

function Rules({ draft, put }: Part) {
  return (
    <details className="more-fields">
      <summary>Attempts, limits, missed times</summary>
      <div className="more-rows">
        <div className="field-row">
          <ChoiceField
            label="Attempts, at most"
            value={draft.maxAttempts}
            choices={[
              ["", draft.kind === "prompt" ? "3, as usual" : "1, as usual"],
              ...(["1", "2", "3", "4", "5"] as const).map((count) => [count, count] as const),
            ]}
            onChange={(maxAttempts) => put({ maxAttempts })}
          />
          <TextField
            label="Minutes for each attempt"
            type="number"
            min={1}
            placeholder="60, as usual"
            value={draft.timeoutMinutes}
            onChange={(timeoutMinutes) => put({ timeoutMinutes })}
          />
        </div>
        <div className="field-row">
          <ChoiceField
            label="Times missed while the home was off"
            value={draft.missed}
            choices={[
              ["once", "One run for all of them"],
              ["skip", "Skip them"],
              ["all", "A run for each"],
            ]}
            onChange={(missed) => put({ missed })}
          />
          {draft.missed === "all" && (
            <TextField label="At most, the newest" type="number" min={1} max={100} value={draft.missedLimit} onChange={(missedLimit) => put({ missedLimit })} />
          )}
        </div>
        <CheckField label="Skip a time while a job of it still waits or runs" checked={draft.noOverlap} onChange={(noOverlap) => put({ noOverlap })} />
      </div>
    </details>
  );
}
