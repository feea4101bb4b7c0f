import { useState } from "react";

export interface Draft {
  prompt: string;
  title: string;
  model: string;
  maxAttempts: string;
  /** The idempotency key: one per draft, so that sending it twice makes one job. */
  key: string;
}

const storageKey = "freehold.draft";

const emptyDraft = (): Draft => ({ prompt: "", title: "", model: "", maxAttempts: "", key: crypto.randomUUID() });

/** The job being written, kept in this browser until it was sent. */
export function useDraft() {
  const [draft, setDraft] = useState(load);
  const put = (next: Draft) => {
    setDraft(next);
    save(next);
  };
  return {
    draft,
    // A changed draft is another job: the old key must not find the old one.
    change: (part: Partial<Draft>) => put({ ...draft, ...part, key: crypto.randomUUID() }),
    clear: () => put({ ...emptyDraft(), model: draft.model }),
  };
}

function load(): Draft {
  try {
    return { ...emptyDraft(), ...(JSON.parse(localStorage.getItem(storageKey) ?? "{}") as Partial<Draft>) };
  } catch {
    return emptyDraft();
  }
}

function save(draft: Draft): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(draft));
  } catch {
    // Storage is full or closed: the draft lives as long as the page.
  }
}
