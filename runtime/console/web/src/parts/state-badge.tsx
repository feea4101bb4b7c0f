import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, type LucideIcon } from "lucide-react";
import type { Job, JobState } from "../api/types.ts";

const icons: Readonly<Record<JobState, LucideIcon>> = { queued: Clock, running: LoaderCircle, succeeded: CircleCheck, failed: CircleX, cancelled: Ban };
const words: Readonly<Record<JobState, string>> = { queued: "Queued", running: "Running", succeeded: "Succeeded", failed: "Failed", cancelled: "Cancelled" };

const isCancelling = (job: Pick<Job, "state" | "cancelRequestedAt">) => job.state === "running" && (job.cancelRequestedAt ?? null) !== null;
const wordOf = (job: Pick<Job, "state" | "cancelRequestedAt">) => (isCancelling(job) ? "Cancelling" : (words[job.state] ?? job.state));

export function StateIcon({ job }: { job: Pick<Job, "state" | "cancelRequestedAt"> }) {
  const Icon = icons[job.state] ?? Clock;
  return (
    <span className={`state-icon ${job.state}`} title={wordOf(job)}>
      <Icon aria-hidden="true" />
      <span className="visually-hidden">{wordOf(job)}</span>
    </span>
  );
}

export function StateBadge({ job }: { job: Pick<Job, "state" | "cancelRequestedAt"> }) {
  const Icon = icons[job.state] ?? Clock;
  return (
    <span className={`badge ${job.state}`}>
      <Icon aria-hidden="true" />
      {wordOf(job)}
    </span>
  );
}

/** Which provider answered; the rehearsal model is marked, since it is none. */
export function ProviderBadge({ provider }: { provider: string }) {
  return provider === "rehearsal" ? (
    <span className="tag rehearsal" title="Answered by the rehearsal model: offline, not a real model">
      rehearsal
    </span>
  ) : (
    <span className="tag">{provider}</span>
  );
}
