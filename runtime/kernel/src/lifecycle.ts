import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";

/** A part to be ended when the process stops; parts end in the reverse order of their starting. */
export type Closer = () => Promise<void> | void;

/**
 * Runs a service's start, then waits for SIGTERM, SIGINT or the end of a parent that speaks with it and ends its parts within `graceMs`.
 * A start that fails is logged with its cause and ends the process with 1, so that Docker's restart policy tries again.
 */
export async function runService(log: Log, start: (onClose: (closer: Closer) => void) => Promise<void>, graceMs = 10_000): Promise<void> {
  const closers: Closer[] = [];
  let closing = false;
  const close = async (signal: string) => {
    if (closing) return;
    closing = true;
    log.info("service.stopping", { signal });
    const overdue = setTimeout(() => end(log, 1, "service.stop-overdue"), graceMs);
    overdue.unref();
    for (const closer of closers.toReversed()) await Promise.resolve(closer()).catch((error: unknown) => log.warn("service.close-failed", { error }));
    end(log, 0, "service.stopped");
  };
  process.once("SIGTERM", () => void close("SIGTERM"));
  process.once("SIGINT", () => void close("SIGINT"));
  // A parent that keeps a channel to its service, as the command line does, takes it along, also when it is killed.
  process.once("disconnect", () => void close("disconnect"));
  try {
    await start((closer) => closers.push(closer));
    log.info("service.started");
  } catch (error) {
    log.error("service.start-failed", { reason: messageOf(error), error });
    end(log, 1, "service.ended");
  }
}

function end(log: Log, code: number, event: string): void {
  log.info(event, { code });
  process.exit(code);
}
