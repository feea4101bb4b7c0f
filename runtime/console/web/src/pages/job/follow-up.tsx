import { CornerDownLeft, MessageSquarePlus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useResumeJob } from "../../api/job-queries.ts";
import { isActive, type Job } from "../../api/job-types.ts";
import { FormProblem } from "../../parts/field.tsx";
import { leaveOnEscape, submitOnCtrlEnter, useShortcuts } from "../../shell/shortcuts.ts";

/** Asks an ended job for more: it goes on in the same session, with the same files. */
export function FollowUp({ job }: { job: Job }) {
  const [open, setOpen] = useState(false);
  const canResume = !isActive(job) && job.attempts.length > 0 && (job.command ?? null) === null;
  useShortcuts({ a: () => canResume && setOpen(true) });
  if (!canResume) return null;
  if (open) return <Form job={job} onClose={() => setOpen(false)} />;
  return (
    <button type="button" className="button follow-up-open" onClick={() => setOpen(true)}>
      <MessageSquarePlus aria-hidden="true" />
      Ask for more
    </button>
  );
}

function Form({ job, onClose }: { job: Job; onClose: () => void }) {
  const [prompt, setPrompt] = useState("");
  const resume = useResumeJob(job.id);
  const isReady = prompt.trim() !== "" && !resume.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The form is gone as soon as the job goes on, before a callback of its own would be called.
    if (isReady) void resume.mutateAsync({ prompt }).then(onClose, () => undefined);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of its own field
    <form className="composer follow-up" onSubmit={submit} onKeyDown={submitOnCtrlEnter} aria-label="Ask for more">
      <label htmlFor="follow-up" className="visually-hidden">
        What else should be done?
      </label>
      <textarea
        id="follow-up"
        autoFocus // oxlint-disable-line jsx-a11y/no-autofocus -- it was opened to write in it
        rows={2}
        placeholder="What else should be done? It remembers this session and has its files."
        value={prompt}
        maxLength={1_000_000}
        onChange={(event) => setPrompt(event.target.value)}
        onKeyDown={(event) => (event.key === "Escape" && prompt === "" ? onClose() : leaveOnEscape(event))}
      />
      <FormProblem error={resume.error} />
      <div className="composer-bar">
        <span className="spacer" />
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={!isReady}>
          <CornerDownLeft aria-hidden="true" />
          {resume.isPending ? "One moment…" : "Go on"}
        </button>
      </div>
    </form>
  );
}
