import type { GlobalValues } from "./cron-file-keys.ts";

/** Whom Ofelia would tell of the runs of a job; with all that the file says, passwords included. */
export type NoticeTarget =
  | { kind: "slack"; url: string; onlyOnError: boolean }
  | {
      kind: "mail";
      host: string;
      port: number;
      security: "tls" | "starttls";
      verifyCertificate: boolean;
      user: string;
      password: string;
      from: string;
      to: string[];
      onlyOnError: boolean;
    };

export interface NoticePlan {
  targets: NoticeTarget[];
  /** In what a home tells it differently, or why it can't. */
  notes: { key: string; message: string; cure: string }[];
}

export const mailKeys = [
  "smtp-host",
  "smtp-port",
  "smtp-user",
  "smtp-password",
  "smtp-tls-skip-verify",
  "email-to",
  "email-from",
  "mail-only-on-error",
] as const;

export const hasAny = (values: GlobalValues, keys: readonly (keyof GlobalValues)[]) => keys.some((key) => Boolean(values[key]));

/** Ofelia takes a job's own notices if any of their keys is set, else those of [global]; never a mixture. */
export function planNotices(values: GlobalValues, global: GlobalValues): NoticePlan {
  const plan: NoticePlan = { targets: [], notes: [] };
  planSlack(plan, hasAny(values, ["slack-webhook", "slack-only-on-error"]) ? values : global);
  planMail(plan, hasAny(values, mailKeys) ? values : global);
  return plan;
}

function planSlack({ targets, notes }: NoticePlan, { "slack-webhook": url, "slack-only-on-error": onlyOnError }: GlobalValues): void {
  if (url === "") return;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    notes.push({ key: "slack-webhook", message: "Nothing is sent to Slack: that is no http address.", cure: "Write the webhook as Slack shows it." });
    return;
  }
  targets.push({ kind: "slack", url, onlyOnError });
  notes.push({
    key: "slack-webhook",
    message: "Slack is told how each run ended in the home's own words, and nothing of runs that were skipped.",
    cure: "Look at the home's channels after the import; each can be tested.",
  });
}

const submissionPort = 587;
const tlsPort = 465;
const address = /^[^\s@<>]+@[^\s@<>]+$/;

function planMail({ targets, notes }: NoticePlan, values: GlobalValues): void {
  const { "smtp-host": host, "email-to": receivers, "email-from": sender, "smtp-port": port } = values;
  if (host === "" || receivers === "") return;
  const to = receivers.split(",").map((one) => one.trim());
  const from = sender.replace("%s", "freehold").trim();
  const bad = [from, ...to].find((one) => !address.test(one));
  if (bad !== undefined) {
    notes.push({
      key: "email-to",
      message: `No mail is sent: ${JSON.stringify(bad)} is no address to send from or to.`,
      cure: "Write email-from and email-to as name@example.org.",
    });
    return;
  }
  targets.push({
    kind: "mail",
    host,
    port: port === 0 ? submissionPort : port,
    security: port === tlsPort ? "tls" : "starttls",
    verifyCertificate: !values["smtp-tls-skip-verify"],
    user: values["smtp-user"],
    password: values["smtp-password"],
    from,
    to,
    onlyOnError: values["mail-only-on-error"],
  });
  notes.push({
    key: "smtp-host",
    message: "Mails say how each run ended in the home's own words, without its log, over an encrypted connection only, and nothing of runs that were skipped.",
    cure: "Look at the home's channels after the import; each can be tested. A server in the LAN must be named in NOTICE_ALLOWED_HOSTS.",
  });
}
