import type { Sealer } from "@freehold/kernel/sealing";
import { z } from "zod";
import { channelSettings, shownUrl, signingSecret, targetUrl, type SettingsOf } from "./channel-settings.ts";
import { jobNoticeKinds } from "./notice.ts";

/** Where a job's own end, and what it asks, is told. Without a secret it is signed with the home's. */
export const webhookRequest = z.strictObject({
  url: targetUrl,
  events: z.array(z.enum(jobNoticeKinds)).min(1).max(jobNoticeKinds.length).optional(),
  secret: signingSecret.optional(),
});
export type WebhookRequest = z.output<typeof webhookRequest>;

/** As it is stored with its job. */
export interface JobWebhook {
  events: string[];
  target: string;
  /** Address and secret. */
  sealed: string;
}

const contextOf = (jobId: string) => `webhook of job ${jobId}`;

export function sealWebhook(sealer: Sealer, jobId: string, { url, events, secret }: WebhookRequest): JobWebhook {
  const settings = { kind: "webhook", url, ...(secret === undefined ? {} : { secret }) };
  return { events: [...new Set(events ?? jobNoticeKinds)], target: shownUrl(url), sealed: sealer.seal(JSON.stringify(settings), contextOf(jobId)) };
}

/** Throws: AppError `sealing.not-opened`. */
export function openWebhook(sealer: Sealer, jobId: string, { sealed }: JobWebhook): SettingsOf<"webhook"> {
  return channelSettings.options[2].parse(JSON.parse(sealer.open(sealed, contextOf(jobId))));
}
