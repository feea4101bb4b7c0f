import type { QueueView } from "../../../runtime/kernel/src/api/queue.ts";
/** The queue in a few lines. */
export function renderQueue(queue: QueueView): string {
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
