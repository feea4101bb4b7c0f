/** What the owner can be told of; a channel and a job's webhook name those that they want. The worker's README has the same list. */
export const noticeKinds = [
  "job.succeeded",
  "job.failed",
  "job.cancelled",
  "approval.requested",
  "queue.limited",
  "schedule.failed",
  "schedule.recovered",
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const channelKinds = ["ntfy", "slack", "webhook", "mail"] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** One message to one receiver. Shape: times are ISO 8601; `channel` is null for a job's own webhook. */
export interface Delivery {
  id: string;
  messageId: string;
  kind: NoticeKind | "test";
  at: string;
  jobId: string | null;
  channel: { id: string; name: string; kind: ChannelKind } | null;
  target: string;
  state: "pending" | "delivered" | "dead";
  attempts: number;
  nextAt: string | null;
  error: string | null;
  endedAt: string | null;
}
