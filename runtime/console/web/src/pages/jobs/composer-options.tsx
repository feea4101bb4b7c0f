import { TextField } from "../../parts/field.tsx";
import type { Draft } from "./draft.ts";
import { JobOptionFields } from "./job-options.tsx";

/** Everything that a job can be told beside its prompt. */
export function Options({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <div className="composer-options">
      <TextField label="Title" value={draft.title} maxLength={200} placeholder="From the prompt" onChange={(title) => change({ title })} />
      <JobOptionFields draft={draft} put={change} />
    </div>
  );
}
