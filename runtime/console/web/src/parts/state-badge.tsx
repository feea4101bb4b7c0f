import type { JobState } from "@freehold/kernel/api/job-state";
import { Ban, CircleCheck, CircleX, Clock, Hourglass, LoaderCircle, ShieldQuestion, type LucideIcon } from "lucide-react";
import { isRunning } from "../api/job-types.ts";

const icons: Readonly<Record<JobState, LucideIcon>> = {
  queued: Clock,
  "waiting-for-limit": Hourglass,
  running: LoaderCircle,
  "waiting-for-approval": ShieldQuestion,
  succeeded: CircleCheck,
  failed: CircleX,
  cancelled: Ban,
};

export const stateWords: Readonly<Record<JobState, string>> = {
  queued: "Queued",
  "waiting-for-limit": "Waiting for limit",
  running: "Running",
  "waiting-for-approval": "Waiting for approval",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** What of a job tells how it stands. */
type Standing = { state: JobState; cancelRequestedAt?: string | null | undefined };

const isCancelling = (job: Standing) => isRunning(job) && (job.cancelRequestedAt ?? null) !== null;
const wordOf = (job: Standing) => (isCancelling(job) ? "Cancelling" : (stateWords[job.state] ?? job.state));

export function StateIcon({ job }: { job: Standing }) {
  const Icon = icons[job.state] ?? Clock;
  return (
    <span className={`state-icon ${job.state}`} title={wordOf(job)}>
      <Icon aria-hidden="true" />
      <span className="visually-hidden">{wordOf(job)}</span>
    </span>
  );
}

export function StateBadge({ job }: { job: Standing }) {
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
