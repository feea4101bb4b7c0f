import { noticeKinds } from "@freehold/kernel/api/notice";
import { z } from "zod";
import { isSigningSecret } from "./standard-webhook.ts";

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, "must hold no control characters");
/** Whether a part of an address is as it shall be; of what is no address another check has told already. */
const holds = (check: (url: URL) => boolean) => (url: string) => !URL.canParse(url) || check(new URL(url));
export const targetUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(2_000)
  .refine(
    holds(({ username, password }) => username === "" && password === ""),
    "must hold no user or password",
  );
export const signingSecret = z.string().refine(isSigningSecret, "must be whsec_ and the base64 of 24 to 64 bytes");
const address = z.email("must be a mail address").max(300);

const ntfy = {
  url: targetUrl.refine(
    holds(({ pathname }) => pathname.split("/").some((part) => part !== "")),
    "must end in the topic",
  ),
  token: text(500).optional(),
};
const slack = { url: targetUrl };
const webhook = { url: targetUrl, secret: signingSecret.optional() };
const mail = {
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9.:_-]+$/, "must be a name or an address"),
  port: z.int().min(1).max(65_535).default(587),
  /** `tls` from the first byte, `starttls` before anything else is said, `none` not at all. */
  security: z.enum(["tls", "starttls", "none"]).default("starttls"),
  verifyCertificate: z.boolean().default(true),
  user: text(300).optional(),
  password: text(500).optional(),
  from: z.union([address, text(320).regex(/^[^<>]*<[^<>@\s]+@[^<>@\s]+>$/, "must be an address, or a name and <an address>")]),
  to: z.array(address).min(1).max(50),
};

/** The settings of a channel by its kind, secrets included. */
export const channelSettings = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ntfy"), ...ntfy }),
  z.strictObject({ kind: z.literal("slack"), ...slack }),
  z.strictObject({ kind: z.literal("webhook"), ...webhook }),
  z.strictObject({ kind: z.literal("mail"), ...mail }),
]);
export type ChannelSettings = z.output<typeof channelSettings>;
export type ChannelKind = ChannelSettings["kind"];
export type SettingsOf<Kind extends ChannelKind> = Extract<ChannelSettings, { kind: Kind }>;

export const channelTerms = z.strictObject({
  name: text(100),
  events: z
    .array(z.enum(noticeKinds))
    .max(noticeKinds.length)
    .transform((events) => [...new Set(events)]),
  enabled: z.boolean().default(true),
});
export type ChannelTerms = z.output<typeof channelTerms>;

/**
 * What may be shown of the settings: addresses are often as good as passwords, so only whose they are.
 * Shape: `secrets` names those that are set.
 */
export function shownOf(settings: ChannelSettings): Record<string, unknown> {
  if (settings.kind === "mail") {
    const { kind: _kind, password, ...shown } = settings;
    return { ...shown, target: settings.to.join(", "), secrets: password === undefined ? [] : ["password"] };
  }
  const target = shownUrl(settings.url);
  const { kind: _kind, ...fields } = settings;
  return { target, secrets: Object.keys(fields) };
}

/** Whose an address is; its path and query may be as good as a password. */
export const shownUrl = (url: string) => `${new URL(url).origin}/…`;
