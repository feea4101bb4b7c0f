import { useRef, useState } from "react";
import type { JobFile, NewJob } from "../../api/job-types.ts";
import { withoutValues } from "./mcp-draft.ts";
import { noOptions, optionsOf, type OptionsDraft } from "./options-draft.ts";
import { withoutSecret } from "./webhook-draft.ts";

/** A file that was sent ahead of its job. */
export interface DraftFile {
  uploadId: string;
  path: string;
  sizeBytes: number;
  /** Whether the job may only read it. */
  isData: boolean;
}

export interface Draft extends OptionsDraft {
  prompt: string;
  title: string;
  /** The template's name, or nothing: then the prompt counts. */
  template: string;
  inputs: Record<string, string>;
  files: DraftFile[];
  /** The idempotency key: one per draft, so that sending it twice makes one job. */
  key: string;
}

const storageKey = "freehold.draft";

const emptyDraft = (): Draft => ({ ...noOptions, prompt: "", title: "", template: "", inputs: {}, files: [], key: crypto.randomUUID() });

/** The job being written, kept in this browser until it was sent. */
export function useDraft() {
  const [draft, setDraft] = useState(load);
  const latest = useRef(draft);
  // Stored at once, not when it is drawn: the page may be left in the same moment.
  const put = (update: (draft: Draft) => Draft) => {
    latest.current = update(latest.current);
    save(latest.current);
    setDraft(latest.current);
  };
  return {
    draft,
    // A changed draft is another job: the old key must not find the old one.
    change: (part: Partial<Draft>) => put((before) => ({ ...before, ...part, key: crypto.randomUUID() })),
    /** For files, of which several may arrive at once. */
    changeFiles: (update: (files: DraftFile[]) => DraftFile[]) => put((before) => ({ ...before, files: update(before.files), key: crypto.randomUUID() })),
    clear: () => put((before) => ({ ...emptyDraft(), model: before.model })),
  };
}

/** What the worker is asked for. */
export function jobOf(draft: Draft): NewJob {
  const filesOf = (isData: boolean): JobFile[] => draft.files.filter((file) => file.isData === isData).map(({ path, uploadId }) => ({ path, uploadId }));
  const [files, data] = [filesOf(false), filesOf(true)];
  const filled = Object.fromEntries(Object.entries(draft.inputs).filter(([, value]) => value !== ""));
  return {
    ...(draft.template === "" ? { prompt: draft.prompt } : { template: draft.template, inputs: filled }),
    idempotencyKey: draft.key,
    ...(draft.title.trim() !== "" && { title: draft.title.trim() }),
    ...optionsOf(draft),
    ...(files.length > 0 && { files }),
    ...(data.length > 0 && { data }),
  };
}

function load(): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey) ?? "{}") as Partial<Draft>;
    return { ...emptyDraft(), ...kept };
  } catch {
    return emptyDraft();
  }
}

/** What may be secret is not kept: the form asks for it again, and the worker would refuse what is left of it. */
function save(draft: Draft): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ...draft, mcpServers: draft.mcpServers.map(withoutValues), ...withoutSecret(draft) }));
  } catch {
    // Storage is full or closed: the draft lives as long as the page.
  }
}
