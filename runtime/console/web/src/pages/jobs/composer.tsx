import { CornerDownLeft, Settings2 } from "lucide-react";
import { useEffect, useImperativeHandle, useRef, useState, type FormEvent, type KeyboardEvent, type Ref } from "react";
import { useLocation } from "wouter";
import { useCreateJob } from "../../api/job-queries.ts";
import { Prose } from "../../parts/prose.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import { useDraft, type Draft } from "./draft.ts";

export interface ComposerHandle {
  focus(): void;
  write(prompt: string): void;
}

const longestPrompt = 1_000_000;

/** Where a job is written. What is written survives a reload and an answer that never came. */
export function Composer({ ref }: { ref: Ref<ComposerHandle> }) {
  const { draft, change, clear } = useDraft();
  const [showsOptions, setShowsOptions] = useState(draft.title !== "" || draft.maxAttempts !== "");
  const field = useRef<HTMLTextAreaElement>(null);
  const { submit, isPending, problem } = useSubmit(draft, clear);
  useGrowing(field, draft.prompt);
  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    write: (prompt) => {
      change({ prompt });
      field.current?.focus();
    },
  }));
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    leaveOnEscape(event);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit(event.shiftKey);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit(false);
  };
  const isTooLong = draft.prompt.length > longestPrompt;
  return (
    <form className="composer" onSubmit={onSubmit} aria-label="New job">
      <label htmlFor="prompt" className="visually-hidden">
        What should be done?
      </label>
      <textarea
        id="prompt"
        ref={field}
        rows={3}
        placeholder="What should be done?"
        value={draft.prompt}
        onChange={(event) => change({ prompt: event.target.value })}
        onKeyDown={onKeyDown}
        aria-describedby={problem === undefined && !isTooLong ? undefined : "composer-problem"}
      />
      {showsOptions && <Options draft={draft} change={change} />}
      {(problem !== undefined || isTooLong) && <Problem length={draft.prompt.length} text={problem?.message ?? ""} />}
      <div className="composer-bar">
        <ModelField value={draft.model} onChange={(model) => change({ model })} />
        <OptionsButton expanded={showsOptions} onClick={() => setShowsOptions(!showsOptions)} />
        <span className="spacer" />
        <span className="hint wide-only" aria-hidden="true">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
        <button type="submit" className="button primary" disabled={isPending || isTooLong || draft.prompt.trim() === ""}>
          <CornerDownLeft aria-hidden="true" />
          {isPending ? "Starting…" : "Run"}
        </button>
      </div>
    </form>
  );
}

function Problem({ length, text }: { length: number; text: string }) {
  return (
    <p className="field-problem" id="composer-problem" role="alert">
      {length > longestPrompt ? `The prompt has ${length.toLocaleString("en")} characters; at most 1,000,000 are taken.` : <Prose text={text} />}
    </p>
  );
}

function OptionsButton({ expanded, onClick }: { expanded: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-expanded={expanded}
      aria-controls="composer-options"
      aria-label="More options"
      title="More options"
      onClick={onClick}
    >
      <Settings2 aria-hidden="true" />
    </button>
  );
}

function useSubmit(draft: Draft, clear: () => void) {
  const [, navigate] = useLocation();
  const create = useCreateJob();
  const submit = (stay: boolean) => {
    const prompt = draft.prompt;
    if (prompt.trim() === "" || prompt.length > longestPrompt || create.isPending) return;
    const attempts = Number(draft.maxAttempts);
    create.mutate(
      {
        prompt,
        idempotencyKey: draft.key,
        ...(draft.title.trim() !== "" && { title: draft.title.trim() }),
        ...(draft.model.trim() !== "" && { model: draft.model.trim() }),
        ...(attempts > 0 && { maxAttempts: attempts }),
      },
      {
        onSuccess: (job) => {
          clear();
          if (stay) toastDone("Queued", job.title);
          else navigate(`/jobs/${job.id}`);
        },
      },
    );
  };
  return { submit, isPending: create.isPending, problem: create.error ?? undefined };
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

/** Any model's name can be written; the names offered are those that Claude Code knows in every version. */
function ModelField({ value, onChange }: { value: string; onChange: (model: string) => void }) {
  return (
    <>
      <label htmlFor="model" className="visually-hidden">
        Model
      </label>
      <input
        id="model"
        className="model-field"
        list="models"
        placeholder="Default model"
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={leaveOnEscape}
      />
      <datalist id="models">
        <option>opus</option>
        <option>sonnet</option>
        <option>haiku</option>
      </datalist>
    </>
  );
}

function Options({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <div className="composer-options" id="composer-options">
      <label>
        <span>Title</span>
        <input
          value={draft.title}
          maxLength={200}
          placeholder="From the prompt"
          onChange={(event) => change({ title: event.target.value })}
          onKeyDown={leaveOnEscape}
        />
      </label>
      <label>
        <span>Attempts, at most</span>
        <select value={draft.maxAttempts} onChange={(event) => change({ maxAttempts: event.target.value })}>
          <option value="">3, as usual</option>
          {["1", "2", "3", "4", "5"].map((count) => (
            <option key={count}>{count}</option>
          ))}
        </select>
      </label>
    </div>
  );
}
