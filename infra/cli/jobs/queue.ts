export interface QueueState {
  paused: { at: string; by: string; reason: string | null } | null;
  limit: { until: string; reason: string; provider?: string } | null;
  waitForLimits: boolean;
  slots: number;
  running: number;
  queued: number;
  waitingForLimit: number;
  waitingForApproval: number;
  oldestQueuedAt: string | null;
}

/** The queue in a few lines. */
export function renderQueue(queue: QueueState): string {
  const lines = [
    queue.paused === null
      ? "The queue runs."
      : `The queue is paused since ${queue.paused.at} by ${queue.paused.by}${queue.paused.reason ? `: ${queue.paused.reason}` : "."}`,
    ...(queue.limit === null ? [] : [`A usage limit holds until ${queue.limit.until}: ${queue.limit.reason}${queue.waitForLimits ? "" : " (not waited for)"}`]),
    `${queue.running} of ${queue.slots} slots run; ${queue.queued} wait, ${queue.waitingForLimit} for a limit, ${queue.waitingForApproval} for an approval.`,
    ...(queue.oldestQueuedAt === null ? [] : [`The oldest waits since ${queue.oldestQueuedAt}.`]),
  ];
  return lines.join("\n");
}
