import { memo } from "react";
import { Link } from "wouter";
import type { Job } from "../../api/job-types.ts";
import { formatCost } from "../../format.ts";
import { ProviderBadge, StateIcon } from "../../parts/state-badge.tsx";
import { Ago, Duration } from "../../parts/time.tsx";

export const JobItem = memo(function JobItem({ job }: { job: Job }) {
  return (
    <li>
      <Link href={`/jobs/${job.id}`} className="job" data-job={job.id}>
        <StateIcon job={job} />
        <span className="job-words">
          <span className="job-title">{job.title}</span>
          <span className="job-facts">
            <Ago iso={job.createdAt} />
            {job.model !== null && <span>{job.model}</span>}
            {job.attempts.length > 1 && <span>attempt {job.attempts.length}</span>}
            {job.provider !== null && <ProviderBadge provider={job.provider} />}
          </span>
          {job.state === "failed" && job.error !== null && <span className="job-error">{job.error.message}</span>}
        </span>
        <span className="job-figures">
          {job.startedAt !== null && (
            <span>
              <span className="visually-hidden">took </span>
              <Duration job={job} />
            </span>
          )}
          {job.costUsd !== null && (
            <span className="muted">
              <span className="visually-hidden">cost </span>
              {formatCost(job.costUsd)}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
});
