import { LayoutTemplate, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { uploadForLater } from "../../api/file-queries.ts";
import { useTemplate, useTemplates } from "../../api/template-queries.ts";
import type { TemplateInput } from "../../api/template-types.ts";
import { AreaField, ChoiceField, Field, TextField } from "../../parts/field.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { toastProblem } from "../../parts/toasts.tsx";
import type { Draft } from "./draft.ts";

/** The templates to choose from. */
export function TemplatePicker({ onPick }: { onPick: (name: string) => void }) {
  const templates = useTemplates();
  if (templates.isPending) return <SkeletonRows count={1} />;
  if (templates.data === undefined || templates.data.length === 0)
    return (
      <p className="composer-options muted">
        There are no templates. <Link href="/templates">Make one</Link> of a prompt that you write again and again.
      </p>
    );
  return (
    <ul className="composer-options template-choices" aria-label="Templates">
      {templates.data.map(({ name, title, description }) => (
        <li key={name}>
          <button type="button" onClick={() => onPick(name)}>
            <b>{title}</b>
            <span className="muted">{description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What the chosen template asks for, in place of a prompt. */
export function TemplateInputs({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  const template = useTemplate(draft.template);
  const put = (name: string, value: string) => change({ inputs: { ...draft.inputs, [name]: value } });
  return (
    <div className="template-inputs">
      <p className="template-head">
        <LayoutTemplate aria-hidden="true" />
        <b>{template.data?.title ?? draft.template}</b>
        <button
          type="button"
          className="icon-button"
          aria-label="Write a prompt instead"
          title="Write a prompt instead"
          onClick={() => change({ template: "", inputs: {} })}
        >
          <X aria-hidden="true" />
        </button>
      </p>
      {template.data !== undefined && template.data.description !== "" && <p className="muted">{template.data.description}</p>}
      {template.isError && <ProblemNotice error={template.error} title="This template can't be used now" />}
      {(template.data?.inputs ?? []).map((input) => (
        <InputField key={input.name} input={input} value={draft.inputs[input.name] ?? input.default ?? ""} onChange={(value) => put(input.name, value)} />
      ))}
    </div>
  );
}

function InputField({ input, value, onChange }: { input: TemplateInput; value: string; onChange: (value: string) => void }) {
  const label = input.required ? input.label : `${input.label} (may be empty)`;
  if (input.kind === "long-text") return <AreaField label={label} rows={3} value={value} onChange={onChange} />;
  if (input.kind === "choice") {
    const choices = [...(value === "" ? [["", "Choose…"] as const] : []), ...(input.choices ?? []).map((choice) => [choice, choice] as const)];
    return <ChoiceField label={label} value={value} choices={choices} onChange={onChange} />;
  }
  if (input.kind === "file") return <FileInput label={label} value={value} onChange={onChange} />;
  return <TextField label={label} value={value} maxLength={1_000} onChange={onChange} />;
}

/** Sends the file at once; its id is the value. */
function FileInput({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [name, setName] = useState(value === "" ? "" : "sent");
  const send = (file: File | undefined) => {
    if (file === undefined) return;
    setName(`${file.name}…`);
    uploadForLater(file, () => undefined).then(
      ({ id }) => {
        setName(file.name);
        onChange(id);
      },
      (error: unknown) => {
        setName("");
        toastProblem(error as Error);
      },
    );
  };
  return (
    <Field label={label} help={name === "" ? undefined : name}>
      <input type="file" onChange={(event) => send(event.target.files?.[0])} />
    </Field>
  );
}
