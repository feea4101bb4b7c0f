import { CircleStop, CornerDownLeft, Settings2 } from "lucide-react";
import { useEffect, useState, type FormEvent, type KeyboardEvent } from "react";
import { useUsage } from "../../api/models-queries.ts";
import type { Trial } from "../../api/models-types.ts";
import { useProviders } from "../../api/queries.ts";
import { formatCount, formatDuration } from "../../format.ts";
import { loadMarkdown, Markdown } from "../../parts/markdown.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { ProviderBadge } from "../../parts/state-badge.tsx";
import { useNow } from "../../parts/time.tsx";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import { firstDay } from "./cost-sums.ts";
import { useTrial, type TrialState } from "./use-trial.ts";

/** Cheap, quick and known everywhere; names of models in use are offered beside them. */
const knownModels = ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"];

const examples = ["Say hello in five languages.", "What can you do, in three sentences?", "Write a haiku about a house that is one's own."];

interface Draft {
  prompt: string;
  model: string;
  /** "" for whichever is next. */
  provider: string;
  system: string;
  maxTokens: string;
}

const emptyDraft: Draft = { prompt: "", model: knownModels[0]!, provider: "", system: "", maxTokens: "1024" };

const trialOf = ({ prompt, model, provider, system, maxTokens }: Draft): Trial => ({
  prompt,
  model: model.trim(),
  ...(provider !== "" && { provider }),
  ...(system.trim() !== "" && { system }),
  ...(maxTokens !== "" && { maxTokens: Number(maxTokens) }),
});

const isComplete = ({ prompt, model }: Draft) => prompt.trim() !== "" && model.trim() !== "";

export function TryTab() {
  const { state, ask, stop, isAsking, problem } = useTrial();
  const [draft, setDraft] = useState(emptyDraft);
  useEffect(() => void loadMarkdown(), []);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const send = () => {
    if (isComplete(draft) && !isAsking) ask(trialOf(draft));
  };
  return (
    <>
      <Question draft={draft} change={change} onSend={send} onStop={isAsking ? stop : undefined} />
      {problem !== null && <ProblemNotice error={problem} title="The model was not heard to the end" />}
      {state === undefined && <Examples onExample={(prompt) => change({ prompt })} />}
      {state !== undefined && (isAsking || problem === null || state.answer.text !== "") && <Answered state={state} isAsking={isAsking} />}
    </>
  );
}

interface QuestionProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  onSend: () => void;
  /** While a model is asked. */
  onStop: (() => void) | undefined;
}

function Question({ draft, change, onSend, onStop }: QuestionProps) {
  const [showsOptions, setShowsOptions] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    leaveOnEscape(event);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSend();
  };
  return (
    <form className="composer" onSubmit={submit} aria-label="Try a model">
      <label htmlFor="trial-prompt" className="visually-hidden">
        What do you want to ask?
      </label>
      <textarea
        id="trial-prompt"
        rows={3}
        maxLength={100_000}
        placeholder="What do you want to ask?"
        value={draft.prompt}
        onChange={(event) => change({ prompt: event.target.value })}
        onKeyDown={onKeyDown}
      />
      {showsOptions && <Options draft={draft} change={change} />}
      <div className="composer-bar">
        <ModelField value={draft.model} onChange={(model) => change({ model })} />
        <button
          type="button"
          className="icon-button"
          aria-expanded={showsOptions}
          aria-controls="trial-options"
          aria-label="More options"
          title="More options"
          onClick={() => setShowsOptions(!showsOptions)}
        >
          <Settings2 aria-hidden="true" />
        </button>
        <span className="spacer" />
        <span className="hint wide-only" aria-hidden="true">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
        <AskOrStop isReady={isComplete(draft)} onStop={onStop} />
      </div>
    </form>
  );
}

function AskOrStop({ isReady, onStop }: { isReady: boolean; onStop: (() => void) | undefined }) {
  if (onStop !== undefined)
    return (
      <button type="button" className="button" onClick={onStop}>
        <CircleStop aria-hidden="true" />
        Stop
      </button>
    );
  return (
    <button type="submit" className="button primary" disabled={!isReady}>
      <CornerDownLeft aria-hidden="true" />
      Ask
    </button>
  );
}

function Options({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  const { data } = useProviders();
  return (
    <div className="composer-options trial-options" id="trial-options">
      <label>
        <span>System prompt</span>
        <input
          value={draft.system}
          maxLength={20_000}
          placeholder="none"
          onChange={(event) => change({ system: event.target.value })}
          onKeyDown={leaveOnEscape}
        />
      </label>
      <label>
        <span>Answered by</span>
        <select value={draft.provider} onChange={(event) => change({ provider: event.target.value })}>
          <option value="">whichever is next</option>
          {data?.providers
            .filter(({ configured }) => configured)
            .map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
        </select>
      </label>
      <label>
        <span>Tokens, at most</span>
        <input
          type="number"
          min="1"
          max="64000"
          placeholder="1024"
          value={draft.maxTokens}
          onChange={(event) => change({ maxTokens: event.target.value })}
          onKeyDown={leaveOnEscape}
        />
      </label>
    </div>
  );
}

function ModelField({ value, onChange }: { value: string; onChange: (model: string) => void }) {
  const usage = useUsage("model", firstDay(30, useNow(60_000)));
  const used = usage.data?.groups.flatMap(({ group }) => group ?? []) ?? [];
  return (
    <>
      <label htmlFor="trial-model" className="visually-hidden">
        Model
      </label>
      <input
        id="trial-model"
        className="model-field"
        list="trial-models"
        placeholder="Model"
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={leaveOnEscape}
      />
      <datalist id="trial-models">
        {[...new Set([...knownModels, ...used])].map((model) => (
          <option key={model}>{model}</option>
        ))}
      </datalist>
    </>
  );
}

function Examples({ onExample }: { onExample: (prompt: string) => void }) {
  const choose = (prompt: string) => {
    onExample(prompt);
    document.getElementById("trial-prompt")?.focus();
  };
  return (
    <section className="trial-help">
      <h2>Ask a model as your programs do</h2>
      <p className="muted">
        The question goes through the gateway with a key of its own, made for it and revoked afterwards. It shows who answers, how fast, and what is used. Try
        one of these:
      </p>
      <ul className="examples">
        {examples.map((prompt) => (
          <li key={prompt}>
            <button type="button" onClick={() => choose(prompt)}>
              <span className="example-prompt">{prompt}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Answered({ state, isAsking }: { state: TrialState; isAsking: boolean }) {
  const { answer, provider, isKept, firstWordMs, tookMs } = state;
  return (
    <section className="card answer" aria-label="Answer" aria-live="polite" aria-busy={isAsking}>
      {answer.thinking !== "" && (
        <details className="more-fields">
          <summary>Thinking</summary>
          <p className="thinking">{answer.thinking}</p>
        </details>
      )}
      {answer.text === "" && isAsking && <p className="muted">Waiting for the first word…</p>}
      {answer.text === "" && !isAsking && <p className="muted">Nothing was said.</p>}
      {answer.text !== "" && <Markdown text={answer.text} />}
      <footer className="job-facts">
        {provider !== null && <ProviderBadge provider={provider} />}
        {answer.model !== undefined && <span>{answer.model}</span>}
        {isKept && <span>from the gateway's cache</span>}
        {firstWordMs !== undefined && <span>first word after {formatDuration(firstWordMs)}</span>}
        {tookMs !== undefined && <span>took {formatDuration(tookMs)}</span>}
        {answer.outputTokens > 0 && (
          <span>
            {formatCount(answer.inputTokens)} tokens in, {formatCount(answer.outputTokens)} out
          </span>
        )}
        {answer.stopReason === "max_tokens" && <span>cut at the most tokens allowed</span>}
        {provider === "rehearsal" && <span>costs nothing</span>}
      </footer>
    </section>
  );
}
