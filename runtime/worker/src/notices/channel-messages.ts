import type { SettingsOf } from "./channel-settings.ts";
import type { Notice, NoticeLinks } from "./notice.ts";
import { cut, wordsOf } from "./notice-words.ts";
import { signedHeaders } from "./standard-webhook.ts";

export interface HttpMessage {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface MailMessage {
  /** Shape: `<…@…>`; the same on each try. */
  messageId: string;
  subject: string;
  text: string;
}

const json = { "content-type": "application/json", "user-agent": "Freehold" };
const linkTo = (path: string, { console }: NoticeLinks) => (console === null ? null : `${console}${path}`);

/** With buttons that answer an approval. Source: ntfy's documentation, "Publish as JSON" and "Action buttons"; `sequence_id` replaces an earlier try. */
export function ntfyMessage({ url, token }: SettingsOf<"ntfy">, notice: Notice, links: NoticeLinks): HttpMessage {
  const { title, text, path } = wordsOf(notice);
  const server = new URL(url);
  const steps = server.pathname.split("/").filter((part) => part !== "");
  const topic = decodeURIComponent(steps.at(-1) ?? "");
  server.pathname = steps.slice(0, -1).join("/");
  const click = linkTo(path, links);
  const body = {
    topic,
    title,
    message: text,
    sequence_id: notice.id.replaceAll("-", ""),
    priority: notice.kind === "approval.requested" ? 5 : notice.kind.endsWith(".failed") ? 4 : 3,
    ...(click === null ? {} : { click }),
    ...answerButtons(links),
  };
  return { url: server.href, headers: token === undefined ? json : { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify(body) };
}

function answerButtons({ console, tokens }: NoticeLinks) {
  if (console === null || tokens === null) return {};
  const button = (label: string, decision: "allow" | "deny", token: string) => ({
    action: "http",
    label,
    url: `${console}/api/approvals/answer`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, decision }),
    clear: true,
  });
  return { actions: [button("Allow", "allow", tokens.allow), button("Deny", "deny", tokens.deny)] };
}

/** Plain text in a block, where neither a command nor a title can mention anybody. A channel has many readers, so it gets a link and no token. */
export function slackMessage({ url }: SettingsOf<"slack">, notice: Notice, links: NoticeLinks): HttpMessage {
  const { title, text, path } = wordsOf(notice);
  const link = linkTo(path, links);
  const block = (value: string) => ({ type: "section", text: { type: "plain_text", text: cut(value, 2_900), emoji: false } });
  const button = { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Open" }, url: link }] };
  const body = { text: escaped(`${title}\n${text}`), blocks: [block(title), block(text), ...(link === null ? [] : [button])] };
  return { url, headers: json, body: JSON.stringify(body) };
}

/** Source: Slack's documentation, "Formatting text": these three are markup. */
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** For programs: everything that is known of what happened. Source: Standard Webhooks, version 1. */
export function webhookMessage(
  settings: { url: string; secret: string },
  notice: Notice,
  { links, sentAtMs }: { links: NoticeLinks; sentAtMs: number },
): HttpMessage {
  const { id, kind, at, ...data } = notice;
  const { path } = wordsOf(notice);
  const answer =
    links.tokens === null
      ? {}
      : {
          answer: {
            url: linkTo("/api/approvals/answer", links),
            allow: { token: links.tokens.allow, decision: "allow" },
            deny: { token: links.tokens.deny, decision: "deny" },
          },
        };
  const body = JSON.stringify({ type: kind, timestamp: at, data: { ...data, link: linkTo(path, links), ...answer } });
  return { url: settings.url, headers: { ...json, ...signedHeaders({ id: `msg_${id}`, body, secret: settings.secret, sentAtMs }) }, body };
}

export function mailMessage(notice: Notice, links: NoticeLinks): MailMessage {
  const { title, text, path } = wordsOf(notice);
  const link = linkTo(path, links);
  return {
    messageId: `<${notice.id}@freehold.invalid>`,
    subject: cut(title.replaceAll(/\s+/g, " "), 200),
    text: `${text}\n${link === null ? "" : `\n${link}\n`}`,
  };
}
