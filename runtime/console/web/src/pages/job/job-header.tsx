import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Job } from "../../api/job-types.ts";
import { formatCost } from "../../format.ts";
import { ProviderBadge, StateBadge } from "../../parts/state-badge.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { JobActions } from "./job-actions.tsx";

export function JobHeader({ job }: { job: Job }) {
  const turns = Math.max(1, ...(job.turns ?? []).map(({ number }) => number));
  return (
    <header className="job-header">
      <div className="job-headline">
        <Link href="/" className="back">
          <ChevronLeft aria-hidden="true" />
          Jobs
        </Link>
        <h1>{job.title}</h1>
        <div className="job-actions">
          <JobActions job={job} />
        </div>
      </div>
      <dl className="facts">
        <Fact name="State">
          <StateBadge job={job} />
        </Fact>
        <Fact name="Started">{job.startedAt === null ? "not yet" : <Ago iso={job.startedAt} />}</Fact>
        <Fact name="Took">
          <Duration job={job} />
        </Fact>
        <Fact name="Cost" lesser={job.costUsd === null}>
          {formatCost(job.costUsd)}
          {typeof job.budgetUsd === "number" && <span className="muted">&nbsp;of {formatCost(job.budgetUsd)}</span>}
        </Fact>
        <Fact name="Attempts" lesser={job.attempts.length < 2}>
          {job.attempts.length} of {job.maxAttempts}
        </Fact>
        {turns > 1 && <Fact name="Turns">{turns}</Fact>}
        {job.model !== null && <Fact name="Model">{job.model}</Fact>}
        {job.provider !== null && (
          <Fact name="Provider" lesser={job.provider !== "rehearsal"}>
            <ProviderBadge provider={job.provider} />
          </Fact>
        )}
      </dl>
      {job.error !== null && job.state !== "succeeded" && (
        <p className="job-fault" role="note">
          <code>{job.error.code}</code> {job.error.message}
        </p>
      )}
    </header>
  );
}

/** A lesser fact gives way on a narrow screen; Details has them all. */
function Fact({ name, lesser = false, children }: { name: string; lesser?: boolean; children: ReactNode }) {
  return (
    <div className={lesser ? "lesser" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
