/** Sends lines to the engine's display, under the resource that they are about. */
import { EngineClient, connect, engineMessages } from "../wire.ts";

export type EngineLog = {
  line(urn: string, text: string): void;
  /** Resolves when the engine has taken all lines so far. */
  flushed(): Promise<void>;
};

type Client = { log(request: unknown, callback: (error: unknown) => void): void };

/** The lines are passing ones: the display shows the newest and does not repeat them at the end. */
export function engineLog(address: string | undefined): EngineLog {
  if (address === undefined) return { line: () => {}, flushed: () => Promise.resolve() };
  const client = connect(EngineClient, address) as Client;
  let sent: Promise<void> = Promise.resolve();
  const send = (urn: string, text: string): Promise<void> => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setMessage(text);
    request.setUrn(urn);
    request.setEphemeral(true);
    return new Promise((resolve) => client.log(request, () => resolve()));
  };
  return {
    // One after the other: calls that overlap would reach the display in any order.
    line: (urn, text) => {
      sent = sent.then(() => send(urn, text));
    },
    flushed: () => sent,
  };
}
