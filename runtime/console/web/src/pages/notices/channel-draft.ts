import { type ChannelKind, channelKinds, type NoticeKind, noticeKinds } from "@freehold/kernel/api/notice";
import type { Channel, ChannelWish } from "../../api/notice-queries.ts";

export const kindWords: Readonly<Record<ChannelKind, string>> = { ntfy: "ntfy (phone)", slack: "Slack", webhook: "Webhook", mail: "Mail" };

export const eventWords: Readonly<Record<NoticeKind, string>> = {
  "approval.requested": "A job asks for approval",
  "job.failed": "A job failed",
  "job.succeeded": "A job is done",
  "job.cancelled": "A job was cancelled",
  "queue.limited": "The queue waits for a usage limit",
  "schedule.failed": "A schedule's job failed",
  "schedule.recovered": "A schedule's job works again",
};

/** A channel as the form holds it; secrets are empty unless they are written anew. */
export interface ChannelDraft {
  name: string;
  kind: ChannelKind;
  events: NoticeKind[];
  url: string;
  token: string;
  secret: string;
  host: string;
  port: string;
  security: "starttls" | "tls" | "none";
  user: string;
  password: string;
  from: string;
  to: string;
}

const urgent: NoticeKind[] = ["approval.requested", "job.failed", "queue.limited", "schedule.failed"];

export function draftOf(known: Channel | undefined): ChannelDraft {
  const text = (name: string) => (typeof known?.[name] === "string" || typeof known?.[name] === "number" ? String(known[name]) : "");
  const to = known?.["to"];
  return {
    name: known?.name ?? "",
    kind: known?.kind ?? channelKinds[0],
    events: known?.events ?? urgent,
    url: "",
    token: "",
    secret: "",
    host: text("host"),
    port: text("port") || "587",
    security: known?.["security"] === "tls" || known?.["security"] === "none" ? known["security"] : "starttls",
    user: text("user"),
    password: "",
    from: text("from"),
    to: Array.isArray(to) ? to.join(", ") : "",
  };
}

/** What is sent: what was written. Secrets that were not written anew stay what they are. */
export function wishOf(draft: ChannelDraft, known: Channel | undefined): ChannelWish {
  const written = (fields: Record<string, string>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ""));
  const common = {
    name: draft.name.trim(),
    kind: draft.kind,
    events: noticeKinds.filter((kind) => draft.events.includes(kind)),
    enabled: known?.enabled ?? true,
  };
  if (draft.kind === "slack") return { ...common, ...written({ url: draft.url }) };
  if (draft.kind === "ntfy") return { ...common, ...written({ url: draft.url, token: draft.token }) };
  if (draft.kind === "webhook") return { ...common, ...written({ url: draft.url, secret: draft.secret }) };
  return {
    ...common,
    ...written({ host: draft.host, user: draft.user, password: draft.password, from: draft.from }),
    port: Number(draft.port),
    security: draft.security,
    to: draft.to.split(/[,\s]+/).filter((address) => address !== ""),
  };
}

export function isReady(draft: ChannelDraft, known: Channel | undefined): boolean {
  if (draft.name.trim() === "" || draft.events.length === 0) return false;
  if (draft.kind === "mail") return [draft.host, draft.from, draft.to].every((value) => value.trim() !== "") && Number(draft.port) > 0;
  return draft.url.trim() !== "" || known?.kind === draft.kind;
}
