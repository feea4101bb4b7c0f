import { jobNoticeKinds, type JobNoticeKind, type JobWebhook } from "../../api/job-types.ts";
import { addressProblem, hasBlank, readUrl } from "./mcp-draft.ts";

/** Where a job's end is told, as a form holds it; without an address nothing is. */
export interface WebhookDraft {
  webhookUrl: string;
  webhookEvents: JobNoticeKind[];
  webhookSecret: string;
}

export const noWebhook: WebhookDraft = { webhookUrl: "", webhookEvents: [...jobNoticeKinds], webhookSecret: "" };

/** What is sent; all events are what the worker takes when none are named. */
export function webhookOf({ webhookUrl, webhookEvents, webhookSecret }: WebhookDraft): JobWebhook | undefined {
  if (webhookUrl.trim() === "") return undefined;
  const events = jobNoticeKinds.filter((kind) => webhookEvents.includes(kind));
  return {
    url: webhookUrl.trim(),
    ...(events.length < jobNoticeKinds.length && { events }),
    ...(webhookSecret.trim() !== "" && { secret: webhookSecret.trim() }),
  };
}

export const draftOfWebhook = (known: Partial<JobWebhook>): WebhookDraft => ({
  webhookUrl: known.url ?? "",
  webhookEvents: jobNoticeKinds.filter((kind) => known.events?.includes(kind) ?? true),
  webhookSecret: known.secret ?? "",
});

/** What the worker would refuse, by field. */
export function webhookProblems({ webhookUrl, webhookEvents, webhookSecret }: WebhookDraft): Partial<Record<keyof WebhookDraft, string>> {
  if (webhookUrl.trim() === "") return {};
  const url = addressProblem(webhookUrl) ?? credentialProblem(webhookUrl);
  return {
    ...(url !== undefined && { webhookUrl: url }),
    ...(webhookEvents.length === 0 && { webhookEvents: "Choose at least one" }),
    ...(!isSecret(webhookSecret.trim()) && { webhookSecret: "whsec_ and the base64 of 24 to 64 bytes; it is not kept when the page is left" }),
  };
}

function credentialProblem(text: string): string | undefined {
  const url = readUrl(text);
  return (url?.username ?? "") !== "" || (url?.password ?? "") !== "" ? "An address without user and password" : undefined;
}

/** What is kept in the browser: that there was a secret, not which. */
export const withoutSecret = ({ webhookSecret }: WebhookDraft): Pick<WebhookDraft, "webhookSecret"> => ({
  webhookSecret: webhookSecret === "" ? "" : "whsec_",
});

/** Source: Standard Webhooks. */
function isSecret(text: string): boolean {
  if (text === "" || hasBlank(text)) return true;
  const base64 = /^whsec_([A-Za-z0-9+/]+)={0,2}$/.exec(text)?.[1];
  const bytes = Math.floor(((base64?.length ?? 0) * 3) / 4);
  return bytes >= 24 && bytes <= 64;
}
