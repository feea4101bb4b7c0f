import { Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useSaveTemplate } from "../../api/template-queries.ts";
import { inputKinds, type InputKind, type Template } from "../../api/template-types.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { AreaField, CheckField, ChoiceField, FormProblem, TextField } from "../../parts/field.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { submitOnCtrlEnter } from "../../shell/shortcuts.ts";
import { JobOptionFields } from "../jobs/job-options.tsx";
import { optionProblems, type OptionProblems } from "../jobs/options-draft.ts";
import { draftOf, inputsFor, nameFrom, templateOf, type InputDraft, type TemplateDraft } from "./template-draft.ts";

export function TemplateDialog({ known, onClose }: { known?: Template; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(known));
  const save = useSaveTemplate(known?.name);
  const put = (part: Partial<TemplateDraft>) => setDraft((before) => ({ ...before, ...part }));
  const problems = optionProblems(draft);
  const isReady = draft.title.trim() !== "" && draft.prompt.trim() !== "" && Object.keys(problems).length === 0 && !save.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    save.mutate(templateOf(draft, known), {
      onSuccess: () => {
        toastDone("The template is stored", draft.title);
        onClose();
      },
    });
  };
  return (
    <Dialog title={known === undefined ? "New template" : "Change the template"} onClose={onClose} isWide>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of its own fields */}
      <form className="form" onSubmit={submit} onKeyDown={submitOnCtrlEnter}>
        <div className="field-row">
          <TextField label="Title" value={draft.title} maxLength={200} startsFocused onChange={(title) => put({ title })} />
          <TextField
            label="Name in the API"
            value={draft.name}
            placeholder={nameFrom(draft.title) || "from-the-title"}
            maxLength={63}
            code
            onChange={(name) => put({ name })}
          />
        </div>
        <TextField label="What it is for" value={draft.description} maxLength={2_000} onChange={(description) => put({ description })} />
        <AreaField
          label="Prompt"
          value={draft.prompt}
          rows={7}
          placeholder="Write release notes for {{version}} …"
          help="Each {{blank}} becomes a field below: small letters, digits, dashes"
          onChange={(prompt) => put({ prompt, inputs: inputsFor(prompt, draft.inputs) })}
        />
        <Inputs inputs={draft.inputs} onChange={(inputs) => put({ inputs })} />
        <HowItRuns draft={draft} put={put} problems={problems} />
        <FormProblem error={save.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={!isReady}>
            {save.isPending ? "One moment…" : known === undefined ? "Make the template" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface HowProps {
  draft: TemplateDraft;
  put: (part: Partial<TemplateDraft>) => void;
  problems: OptionProblems;
}

function HowItRuns({ draft, put, problems }: HowProps) {
  return (
    <details className="more-fields">
      <summary>How its jobs run</summary>
      <div className="more-rows">
        <TextField label="Model" value={draft.model} placeholder="Default model" list={["opus", "sonnet", "haiku"]} onChange={(model) => put({ model })} />
        <JobOptionFields draft={draft} put={put} problems={problems} />
      </div>
    </details>
  );
}

function Inputs({ inputs, onChange }: { inputs: InputDraft[]; onChange: (inputs: InputDraft[]) => void }) {
  const put = (index: number, part: Partial<InputDraft>) => onChange(inputs.map((input, at) => (at === index ? { ...input, ...part } : input)));
  const add = () => onChange([...inputs, { name: `input-${inputs.length + 1}`, label: "", kind: "text", required: true, default: "", choices: "" }]);
  return (
    <fieldset className="row-list">
      <legend>Blanks to fill in</legend>
      {inputs.map((input, index) => (
        <InputRow key={index} input={input} put={(part) => put(index, part)} onRemove={() => onChange(inputs.filter((_, at) => at !== index))} />
      ))}
      <button type="button" className="link" onClick={add}>
        <Plus aria-hidden="true" /> One more
      </button>
    </fieldset>
  );
}

const kindWords: Readonly<Record<InputKind, string>> = { text: "a line", "long-text": "a text", choice: "one of", file: "a file" };

function InputRow({ input, put, onRemove }: { input: InputDraft; put: (part: Partial<InputDraft>) => void; onRemove: () => void }) {
  return (
    <div className="input-row">
      <div className="field-row">
        <TextField label="Blank" code value={input.name} maxLength={40} onChange={(name) => put({ name })} />
        <TextField label="Question" value={input.label} maxLength={200} onChange={(label) => put({ label })} />
        <ChoiceField label="Takes" value={input.kind} choices={inputKinds.map((kind) => [kind, kindWords[kind]] as const)} onChange={(kind) => put({ kind })} />
        {input.kind !== "file" && <TextField label="Begins with" value={input.default} onChange={(initial) => put({ default: initial })} />}
      </div>
      {input.kind === "choice" && <AreaField label="Choices, one a line" rows={3} value={input.choices} onChange={(choices) => put({ choices })} />}
      <div className="input-row-end">
        <CheckField label="Must be filled in" checked={input.required} onChange={(required) => put({ required })} />
        <button type="button" className="icon-button" aria-label={`Remove ${input.name}`} onClick={onRemove}>
          <Trash2 aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}
