import { TextField } from "../../parts/field.tsx";
import type { Draft } from "./draft.ts";
import { JobOptionFields } from "./job-options.tsx";
import type { OptionProblems } from "./options-draft.ts";

/** Everything that a job can be told beside its prompt. */
export function Options({ draft, change, problems }: { draft: Draft; change: (part: Partial<Draft>) => void; problems: OptionProblems }) {
  return (
    <div className="composer-options">
      <TextField label="Title" value={draft.title} maxLength={200} placeholder="From the prompt" onChange={(title) => change({ title })} />
      <JobOptionFields draft={draft} put={change} problems={problems} />
    </div>
  );
}
