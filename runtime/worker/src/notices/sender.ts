import type { Clock } from "@freehold/kernel/clock";
import { signAnswer } from "../approvals/answer-token.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { mailMessage, ntfyMessage, slackMessage, webhookMessage } from "./channel-messages.ts";
import type { ChannelSettings } from "./channel-settings.ts";
import { sendMail } from "./mail-sender.ts";
import type { NoticeKeys } from "./notice-keys.ts";
import type { Notice, NoticeLinks } from "./notice.ts";
import { requireSuccess } from "./retry-rule.ts";

export interface SenderParts {
  outbound: Outbound;
  keys: NoticeKeys;
  clock: Clock;
  /** Shape: an origin, such as `https://console.example`. */
  consoleOrigin: string | null;
}

/** Sends one notice once. `via` names the channel. Throws: AppError `outbound.…`, `notice.…`. */
export async function sendNotice(parts: SenderParts, settings: ChannelSettings, notice: Notice, via: string): Promise<void> {
  const { outbound, keys, clock } = parts;
  const links = linksOf(parts, notice, via);
  if (settings.kind === "mail") return sendMail(outbound, settings, mailMessage(notice, links));
  const message =
    settings.kind === "ntfy"
      ? ntfyMessage(settings, notice, links)
      : settings.kind === "slack"
        ? slackMessage(settings, notice, links)
        : webhookMessage({ url: settings.url, secret: settings.secret ?? keys.signingSecret }, notice, { links, sentAtMs: clock.now() });
  requireSuccess(settings.kind, await outbound.post(message));
}

function linksOf({ keys, consoleOrigin }: SenderParts, { approval }: Notice, via: string): NoticeLinks {
  if (approval === null || approval === undefined) return { console: consoleOrigin, tokens: null };
  const token = (decision: "allow" | "deny") =>
    signAnswer(keys.tokenKey, { approvalId: approval.id, decision, via, expiresAtMs: Date.parse(approval.expiresAt) });
  return { console: consoleOrigin, tokens: { allow: token("allow"), deny: token("deny") } };
}
