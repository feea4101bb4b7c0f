import { CornerDownLeft, LayoutTemplate, Paperclip, Settings2, type LucideIcon } from "lucide-react";
import { createElement, useRef } from "react";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import type { Draft } from "./draft.ts";
import { countChosen } from "./options-draft.ts";

export type Panel = "options" | "templates" | undefined;

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  panel: Panel;
  onPanel: (panel: Panel) => void;
  onFiles: (files: File[]) => void;
  isReady: boolean;
  isPending: boolean;
}

/** What stands below the prompt: the model, what else can be told, and the button that runs it. */
export function ComposerBar({ draft, change, panel, onPanel, onFiles, isReady, isPending }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = countChosen(draft);
  const toggle = (which: Panel) => onPanel(panel === which ? undefined : which);
  return (
    <div className="composer-bar">
      <ModelField value={draft.model} onChange={(model) => change({ model })} />
      <BarButton label="Add files" icon={Paperclip} onClick={() => input.current?.click()} />
      <BarButton label="Templates" icon={LayoutTemplate} expanded={panel === "templates"} onClick={() => toggle("templates")} />
      <BarButton label="More options" icon={Settings2} count={chosen} expanded={panel === "options"} onClick={() => toggle("options")} />
      <input
        ref={input}
        type="file"
        multiple
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Files for the job"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <span className="spacer" />
      <span className="hint wide-only" aria-hidden="true">
        <kbd>Ctrl</kbd> <kbd>Enter</kbd>
      </span>
      <button type="submit" className="button primary" disabled={isPending || !isReady}>
        <CornerDownLeft aria-hidden="true" />
        {isPending ? "Starting…" : "Run"}
      </button>
    </div>
  );
}

interface BarButtonProps {
  label: string;
  icon: LucideIcon;
  count?: number;
  expanded?: boolean;
  onClick: () => void;
}

function BarButton({ label, icon, count = 0, expanded, onClick }: BarButtonProps) {
  return (
    <button
      type="button"
      className="icon-button bar-button"
      aria-expanded={expanded}
      aria-label={count === 0 ? label : `${label}: ${count} chosen`}
      title={label}
      onClick={onClick}
    >
      {createElement(icon, { "aria-hidden": true })}
      {count > 0 && (
        <span className="count" aria-hidden="true">
          {count}
        </span>
      )}
    </button>
  );
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
