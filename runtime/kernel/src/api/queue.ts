/** How the worker's queue stands. Shape: times are ISO 8601. */
export interface QueueView {
  paused: { at: string; by: string | null; reason: string | null } | null;
  /** Until when a provider takes no more, and why. */
  limit: { until: string; reason: string; provider: string | null } | null;
  waitForLimits: boolean;
  /** How many attempts may run at once, and how many there could be. */
  slots: number;
  maxSlots: number;
  running: number;
  queued: number;
  waitingForLimit: number;
  waitingForApproval: number;
  oldestQueuedAt: string | null;
}
