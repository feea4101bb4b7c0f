import { Sprout } from "lucide-react";
import { useJobs } from "../../api/queries.ts";
import type { Job, JobState } from "../../api/types.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { JobItem } from "./job-item.tsx";

interface Props {
  state: JobState | undefined;
  wanted: string;
  onExample: (prompt: string) => void;
  onClear: () => void;
}

export function JobList({ state, wanted, onExample, onClear }: Props) {
  const jobs = useJobs(state);
  const all = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  const shown = all.filter((job) => matches(job, wanted));
  if (jobs.isPending) return <SkeletonRows count={5} />;
  return (
    <>
      {jobs.isError && <ProblemNotice error={jobs.error} title="The jobs can't be listed now" onRetry={() => void jobs.refetch()} />}
      {shown.length > 0 && (
        <ul className="jobs" aria-busy={jobs.isPlaceholderData}>
          {shown.map((job) => (
            <JobItem key={job.id} job={job} />
          ))}
        </ul>
      )}
      {!jobs.isError && shown.length === 0 && <Nothing state={state} wanted={wanted} onExample={onExample} onClear={onClear} />}
      {jobs.hasNextPage && (
        <div className="more">
          <button type="button" className="button" disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            {jobs.isFetchingNextPage ? "Loading…" : "Show older jobs"}
          </button>
          {wanted !== "" && <p className="muted">Searched in the {all.length} newest.</p>}
        </div>
      )}
    </>
  );
}

function matches(job: Job, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  return text === "" || [job.title, job.prompt, job.id, job.model ?? ""].some((part) => part.toLowerCase().includes(text));
}

const examples: readonly { prompt: string; why: string }[] = [
  { prompt: "Write a file hello.md that says: Hello from my home", why: "The smallest job: one file." },
  { prompt: "Run the command: uname -a && df -h /workspace", why: "See where a job runs: in a container of its own." },
  { prompt: "Write a file plan.md that says: Water the plants, then run the command: wc -w plan.md", why: "Two steps, one after the other." },
];

function Nothing({ state, wanted, onExample, onClear }: Props) {
  if (wanted !== "")
    return (
      <EmptyState title={`No job here mentions “${wanted}”`}>
        <button type="button" className="button" onClick={onClear}>
          Show all again
        </button>
      </EmptyState>
    );
  if (state !== undefined) return <EmptyState title={`No job is ${state}`}>Jobs appear here by themselves as soon as one is.</EmptyState>;
  return (
    <EmptyState title="No jobs yet" icon={<Sprout />}>
      <p>Say above what should be done. Claude Code does it in a container of its own; you watch it work, and its files stay here. Try one of these:</p>
      <ul className="examples">
        {examples.map(({ prompt, why }) => (
          <li key={prompt}>
            <button type="button" onClick={() => onExample(prompt)}>
              <span className="example-prompt">{prompt}</span>
              <span className="muted">{why}</span>
            </button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
