import { ChevronLeft, CircleStop, RotateCcw } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useCancelJob, useCreateJob } from "../../api/queries.ts";
import { isActive, type Job } from "../../api/job-types.ts";
import { formatCost } from "../../format.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ProviderBadge, StateBadge } from "../../parts/state-badge.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";

export function JobHeader({ job }: { job: Job }) {
  return (
    <header className="job-header">
      <div className="job-headline">
        <Link href="/" className="back">
          <ChevronLeft aria-hidden="true" />
          Jobs
        </Link>
        <h1>{job.title}</h1>
        <div className="job-actions">{isActive(job) ? <Cancel job={job} /> : <RunAgain job={job} />}</div>
      </div>
      <dl className="facts">
        <Fact name="State">
          <StateBadge job={job} />
        </Fact>
        <Fact name="Started">{job.startedAt === null ? "not yet" : <Ago iso={job.startedAt} />}</Fact>
        <Fact name="Took">
          <Duration job={job} />
        </Fact>
        <Fact name="Cost">{formatCost(job.costUsd)}</Fact>
        <Fact name="Attempts" lesser={job.attempts.length < 2}>
          {job.attempts.length} of {job.maxAttempts}
        </Fact>
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

function Cancel({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelJob();
  const isCancelling = (job.cancelRequestedAt ?? null) !== null;
  const confirm = () => {
    setAsking(false);
    cancel.mutate(job.id, { onSuccess: () => toastDone("Cancelling", "The container is being stopped, with everything in it.") });
  };
  return (
    <>
      <button type="button" className="button" disabled={isCancelling || cancel.isPending} onClick={() => setAsking(true)}>
        <CircleStop aria-hidden="true" />
        {isCancelling ? "Cancelling…" : "Cancel"}
      </button>
      {asking && (
        <Dialog title="Cancel this job?" onClose={() => setAsking(false)}>
          <p>{job.state === "queued" ? "It has not begun yet and will not." : "It stops at once. What it has written so far stays under Files."}</p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Let it run
            </button>
            <button type="button" className="button danger" onClick={confirm}>
              Cancel the job
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function RunAgain({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const [key] = useState(() => crypto.randomUUID());
  const create = useCreateJob();
  const again = () =>
    create.mutate(
      { prompt: job.prompt, title: job.title, maxAttempts: job.maxAttempts, idempotencyKey: key, ...(job.model !== null && { model: job.model }) },
      {
        onSuccess: ({ id }) => {
          toastDone("Running it again, as a new job");
          navigate(`/jobs/${id}`);
        },
      },
    );
  return (
    <button type="button" className="button" disabled={create.isPending} onClick={again}>
      <RotateCcw aria-hidden="true" />
      Retry as new
    </button>
  );
}
