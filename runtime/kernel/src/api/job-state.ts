export const jobStates = ["queued", "waiting-for-limit", "running", "waiting-for-approval", "succeeded", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];
