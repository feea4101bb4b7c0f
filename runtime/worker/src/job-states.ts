import type { JobState } from "@freehold/kernel/api/job-state";
/** `limited`: ended by a usage limit; such an attempt counts for nothing. */
export const attemptStates = ["running", "succeeded", "failed", "lost", "limited", "cancelled"] as const;
export type AttemptState = (typeof attemptStates)[number];

export const jobEvents = [
  "claimed",
  "cancel-requested",
  "approval-asked",
  "approval-answered",
  "attempt-succeeded",
  "attempt-failed",
  "attempt-retried",
  "attempt-limited",
  "attempt-cancelled",
  "limit-passed",
  "retry-requested",
  "resume-requested",
] as const;
export type JobEvent = (typeof jobEvents)[number];

type Row = Record<JobEvent, JobState | null>;

const nothing = Object.fromEntries(jobEvents.map((event) => [event, null])) as Row;

/** How the end of an attempt changes its job, whether it ran or waited for an answer then. */
const ends = {
  "attempt-succeeded": "succeeded",
  "attempt-failed": "failed",
  "attempt-retried": "queued",
  "attempt-limited": "waiting-for-limit",
  "attempt-cancelled": "cancelled",
} as const;

/** What follows each event in each state; null means that the event changes nothing. SPEC.md has the same table. */
export const transitions: Record<JobState, Row> = {
  queued: { ...nothing, claimed: "running", "cancel-requested": "cancelled" },
  "waiting-for-limit": { ...nothing, "cancel-requested": "cancelled", "limit-passed": "queued" },
  running: { ...nothing, ...ends, "cancel-requested": "running", "approval-asked": "waiting-for-approval" },
  "waiting-for-approval": {
    ...nothing,
    ...ends,
    "cancel-requested": "running",
    "approval-asked": "waiting-for-approval",
    "approval-answered": "running",
  },
  succeeded: { ...nothing, "resume-requested": "queued" },
  failed: { ...nothing, "retry-requested": "queued", "resume-requested": "queued" },
  cancelled: { ...nothing, "retry-requested": "queued", "resume-requested": "queued" },
};

const ended: readonly JobState[] = ["succeeded", "failed", "cancelled"];

/** An ended job stays as it is until somebody asks for more of it. */
export const isFinal = (state: JobState) => ended.includes(state);
