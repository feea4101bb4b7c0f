import { useEffect, useImperativeHandle, useRef, useState, type FormEvent, type KeyboardEvent, type Ref } from "react";
import { useLocation } from "wouter";
import { useCreateJob } from "../../api/job-queries.ts";
import { useTemplate } from "../../api/template-queries.ts";
import { formatCount } from "../../format.ts";
import { Prose } from "../../parts/prose.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import { useDrop } from "../job/file-changes.tsx";
import { ComposerBar, type Panel } from "./composer-bar.tsx";
import { ComposerFiles, useAttaching } from "./composer-files.tsx";
import { Options } from "./composer-options.tsx";
import { TemplateInputs, TemplatePicker } from "./composer-template.tsx";
import { jobOf, useDraft, type Draft } from "./draft.ts";
import { optionProblems } from "./options-draft.ts";

export interface ComposerHandle {
  focus(): void;
  write(prompt: string): void;
  fill(template: string): void;
}

const longestPrompt = 1_000_000;

/** Where a job is written. What is written survives a reload and an answer that never came. */
export function Composer({ ref }: { ref: Ref<ComposerHandle> }) {
  const { draft, change, changeFiles, clear } = useDraft();
  const [panel, setPanel] = useState<Panel>();
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const { problems, refuse } = useProblems(draft, form, () => setPanel("options"));
  const { submit, isPending, isReady, problem } = useSubmit(draft, clear, refuse);
  const { sending, attach } = useAttaching(changeFiles);
  const drop = useDrop(attach);
  const fill = (template: string) => {
    change({ template, inputs: {} });
    setPanel(undefined);
  };
  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    write: (prompt) => {
      change({ prompt, template: "" });
      field.current?.focus();
    },
    fill,
  }));
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit(event.shiftKey);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit(false);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of its own fields, and files dropped on it
    <form ref={form} className={`composer${drop.held ? " held" : ""}`} onSubmit={onSubmit} onKeyDown={onKeyDown} aria-label="New job" {...drop.handlers}>
      {draft.template === "" ? (
        <Prompt ref={field} value={draft.prompt} onChange={(prompt) => change({ prompt })} hasProblem={problem !== undefined} />
      ) : (
        <TemplateInputs draft={draft} change={change} />
      )}
      <ComposerFiles files={draft.files} sending={sending} changeFiles={changeFiles} />
      {panel === "options" && <Options draft={draft} change={change} problems={problems} />}
      {panel === "templates" && <TemplatePicker onPick={fill} />}
      {problem !== undefined && (
        <p className="field-problem" id="composer-problem" role="alert">
          <Prose text={problem} />
        </p>
      )}
      <ComposerBar
        draft={draft}
        change={change}
        panel={panel}
        onPanel={setPanel}
        onFiles={attach}
        isReady={isReady && sending === undefined}
        isPending={isPending}
      />
    </form>
  );
}

interface PromptProps {
  ref: { current: HTMLTextAreaElement | null };
  value: string;
  onChange: (prompt: string) => void;
  hasProblem: boolean;
}

function Prompt({ ref, value, onChange, hasProblem }: PromptProps) {
  useGrowing(ref, value);
  return (
    <>
      <label htmlFor="prompt" className="visually-hidden">
        What should be done?
      </label>
      <textarea
        id="prompt"
        ref={ref}
        rows={3}
        placeholder="What should be done?"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={leaveOnEscape}
        aria-describedby={hasProblem ? "composer-problem" : undefined}
      />
    </>
  );
}

/** What is wrong with the options is told once somebody wants to run it, in the fields themselves, and until it is right. */
function useProblems(draft: Draft, form: { current: HTMLFormElement | null }, onTold: () => void) {
  const [told, setTold] = useState(0);
  const problems = optionProblems(draft);
  const isWrong = Object.keys(problems).length > 0;
  useEffect(() => {
    if (told > 0) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [form, told]);
  const refuse = () => {
    if (!isWrong) return false;
    onTold();
    setTold((times) => times + 1);
    return true;
  };
  return { problems: told > 0 ? problems : {}, refuse };
}

function useSubmit(draft: Draft, clear: () => void, refuse: () => boolean) {
  const [, navigate] = useLocation();
  const create = useCreateJob();
  const template = useTemplate(draft.template);
  const isTooLong = draft.prompt.length > longestPrompt;
  const missing = (template.data?.inputs ?? []).filter((input) => input.required && (draft.inputs[input.name] ?? input.default ?? "").trim() === "");
  const isReady = draft.template === "" ? draft.prompt.trim() !== "" && !isTooLong : template.data !== undefined && missing.length === 0;
  const submit = (stay: boolean) => {
    if (!isReady || create.isPending || refuse()) return;
    create.mutate(jobOf(draft), {
      onSuccess: (job) => {
        clear();
        if (stay) toastDone("Queued", job.title);
        else navigate(`/jobs/${job.id}`);
      },
    });
  };
  const tooLong = `The prompt has ${formatCount(draft.prompt.length)} characters; at most 1,000,000 are taken. Put the rest into a file.`;
  return { submit, isPending: create.isPending, isReady, problem: isTooLong ? tooLong : create.error?.message };
}

/** The field grows with its text, up to a part of the window. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight + 2, Math.round(innerHeight * 0.45))}px`;
  }, [field, text]);
}
