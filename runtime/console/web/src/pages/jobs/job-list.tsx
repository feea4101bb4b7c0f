import { Sprout } from "lucide-react";
import { useJobs } from "../../api/job-queries.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { useNow } from "../../parts/time.tsx";
import { isFiltered, queryOf, type JobFilter } from "./filter.ts";
import { JobItem } from "./job-item.tsx";

interface Props {
  filter: JobFilter;
  onExample: (prompt: string) => void;
  onClear: () => void;
}

export function JobList({ filter, onExample, onClear }: Props) {
  const jobs = useJobs(queryOf(filter, useNow(600_000, filter.days !== "")));
  const all = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  if (jobs.isPending) return <SkeletonRows count={5} />;
  return (
    <>
      {jobs.isError && <ProblemNotice error={jobs.error} title="The jobs can't be listed now" onRetry={() => void jobs.refetch()} />}
      {all.length > 0 && (
        <ul className="jobs" aria-busy={jobs.isPlaceholderData}>
          {all.map((job) => (
            <JobItem key={job.id} job={job} />
          ))}
        </ul>
      )}
      {!jobs.isError && all.length === 0 && <Nothing filter={filter} onExample={onExample} onClear={onClear} />}
      <MoreButton of={jobs} what="jobs" />
    </>
  );
}

const examples: readonly { prompt: string; why: string }[] = [
  { prompt: "Write a file hello.md that says: Hello from my home", why: "The smallest job: one file." },
  { prompt: "Run the command: uname -a && df -h /workspace", why: "See where a job runs: in a container of its own." },
  { prompt: "Write a file plan.md that says: Water the plants, then run the command: wc -w plan.md", why: "Two steps, one after the other." },
];

function Nothing({ filter, onExample, onClear }: Props) {
  if (isFiltered(filter))
    return (
      <EmptyState title={filter.wanted === "" ? "No such job" : `No job here mentions “${filter.wanted}”`}>
        <p>Jobs appear here by themselves as soon as one fits.</p>
        <button type="button" className="button" onClick={onClear}>
          Show all again
        </button>
      </EmptyState>
    );
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
