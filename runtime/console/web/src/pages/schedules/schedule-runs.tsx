import type { ScheduleRun } from "@freehold/kernel/api/schedule";
import { CalendarX2, CopyX } from "lucide-react";
import { Link } from "wouter";
import { useRuns } from "../../api/schedule-queries.ts";
import { formatCost, formatMoment } from "../../format.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { StateIcon } from "../../parts/state-badge.tsx";
import { Ago, Duration } from "../../parts/time.tsx";

/** What became of each time at which it was due. */
export function ScheduleRuns({ id }: { id: string }) {
  const runs = useRuns(id);
  const all = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <section className="board" aria-label="Runs">
      <h2>Runs</h2>
      {runs.isError && <ProblemNotice error={runs.error} title="The runs can't be listed now" onRetry={() => void runs.refetch()} />}
      {runs.isPending && <SkeletonRows count={3} />}
      {runs.data !== undefined && all.length === 0 && <p className="muted">None yet. The first comes at the next time above, or by “Run now”.</p>}
      {all.length > 0 && (
        <ul className="jobs">
          {all.map((run) => (
            <li key={run.id}>{run.job === null ? <NoJob run={run} /> : <WithJob run={run} job={run.job} />}</li>
          ))}
        </ul>
      )}
      <MoreButton of={runs} what="runs" />
    </section>
  );
}

const causes = { schedule: "by the clock", "catch-up": "made up for", request: "asked for" } as const;

function WithJob({ run, job }: { run: ScheduleRun; job: NonNullable<ScheduleRun["job"]> }) {
  return (
    <Link href={`/jobs/${job.id}`} className="job">
      <StateIcon job={job} />
      <span className="job-words">
        <span className="job-title">{formatMoment(run.dueAt)}</span>
        <span className="job-facts">
          <span>{causes[run.cause]}</span>
          <Ago iso={run.at} />
        </span>
        {job.error !== null && <span className="job-error">{job.error}</span>}
      </span>
      <span className="job-figures">
        <Duration job={job} />
        <span className="muted">{formatCost(job.costUsd)}</span>
      </span>
    </Link>
  );
}

function NoJob({ run }: { run: ScheduleRun }) {
  const Icon = run.outcome === "overlap" ? CopyX : CalendarX2;
  const words = {
    overlap: "Passed by: the job before it was not done yet.",
    missed: run.missedSince === null ? "Missed: the home was off." : `Missed, with all since ${formatMoment(run.missedSince)}: the home was off.`,
    job: "Its job was deleted.",
  };
  return (
    <div className="job">
      <Icon className="state-icon" aria-hidden="true" />
      <span className="job-words">
        <span className="job-title">{formatMoment(run.dueAt)}</span>
        <span className="job-facts">{words[run.outcome]}</span>
      </span>
    </div>
  );
}
