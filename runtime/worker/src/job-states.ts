export const jobStates = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];

export const attemptStates = ["running", "succeeded", "failed", "lost", "cancelled"] as const;
export type AttemptState = (typeof attemptStates)[number];

export const jobEvents = ["claimed", "cancel-requested", "attempt-succeeded", "attempt-failed", "attempt-retried", "attempt-cancelled"] as const;
export type JobEvent = (typeof jobEvents)[number];

const ended: Record<JobEvent, null> = {
  claimed: null,
  "cancel-requested": null,
  "attempt-succeeded": null,
  "attempt-failed": null,
  "attempt-retried": null,
  "attempt-cancelled": null,
};

/** What follows each event in each state; null means that the event changes nothing. SPEC.md has the same table. */
export const transitions: Record<JobState, Record<JobEvent, JobState | null>> = {
  queued: { ...ended, claimed: "running", "cancel-requested": "cancelled" },
  running: {
    claimed: null,
    "cancel-requested": "running",
    "attempt-succeeded": "succeeded",
    "attempt-failed": "failed",
    "attempt-retried": "queued",
    "attempt-cancelled": "cancelled",
  },
  succeeded: ended,
  failed: ended,
  cancelled: ended,
};

export const isFinal = (state: JobState) => Object.values(transitions[state]).every((next) => next === null);
