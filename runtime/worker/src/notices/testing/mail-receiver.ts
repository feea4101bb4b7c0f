import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  from: string;
  to: string[];
  user: string | undefined;
  secure: boolean;
  text: string;
}

/** A real SMTP server on loopback, with a certificate that nobody vouches for. */
export class MailReceiver {
  readonly received: ReceivedMail[] = [];
  /** Refuses the next mails with this when set. */
  refusal: { responseCode: number; message: string } | undefined;
  readonly #server: SMTPServer;

  constructor({ password = "right", startTls = true } = {}) {
    this.#server = new SMTPServer({
      // Its own certificate is meant: one that nobody vouches for.
      logger: false,
      authOptional: true,
      disabledCommands: startTls ? [] : ["STARTTLS"],
      onAuth: ({ username, password: given }, _session, done) =>
        given === password ? done(null, { user: username }) : done(Object.assign(new Error("wrong password"), { responseCode: 535 })),
      onData: (stream, session, done) => {
        const pieces: Buffer[] = [];
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("end", () => {
          if (this.refusal !== undefined) return done(Object.assign(new Error(this.refusal.message), this.refusal));
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            secure: session.secure,
            text: Buffer.concat(pieces).toString(),
          });
          done();
        });
      },
    });
    this.#server.on("error", () => undefined);
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}
