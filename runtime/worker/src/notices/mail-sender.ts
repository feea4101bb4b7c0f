import { AppError, messageOf } from "@freehold/kernel/errors";
import { createTransport } from "nodemailer";
import type { Outbound } from "../outbound/outbound.ts";
import type { MailMessage } from "./channel-messages.ts";
import type { SettingsOf } from "./channel-settings.ts";

const timeoutMs = 20_000;

/** Hands a mail to the server of a channel. Throws: AppError `outbound.…`, `notice.mail-refused`. */
export async function sendMail(outbound: Outbound, settings: SettingsOf<"mail">, mail: MailMessage): Promise<void> {
  const { host, port, security, verifyCertificate, user, password, from, to } = settings;
  // nodemailer would look the name up by itself; this socket goes only where notices may go.
  const connection = await outbound.connect({ host, port });
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { rejectUnauthorized: verifyCertificate },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    getSocket: (_options, done) => done(null, { connection }),
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({ from, to, ...mail });
  } catch (thrown) {
    const { responseCode, code } = thrown as { responseCode?: number; code?: string };
    // 5yz is the server's last word, except about the sender's rights, which its owner may be mending.
    const final = responseCode !== undefined && responseCode >= 500 && code !== "EAUTH";
    throw new AppError("notice.mail-refused", `The mail server ${host} did not take the mail: ${messageOf(thrown)}`, { retryable: !final, cause: thrown });
  } finally {
    transport.close();
    connection.destroy();
  }
}
