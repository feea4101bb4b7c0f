import { AppError, messageOf } from "./errors.ts";
import type { Log } from "./log.ts";
import { retry } from "./retry.ts";

export interface Preparation {
  /** Never ends when the database was refused or given up. */
  done: Promise<void>;
  /** Throws: why it is not done yet. */
  check: () => Promise<void>;
  giveUp: () => void;
}

/** Names of the service in messages, and of its area in the log. */
export interface Preparing {
  service: string;
  area: string;
  log: Log;
}

/** Does what a service's database needs as soon as that lets it, however long it takes; a database of a newer release is refused for good. */
export function prepare({ service, area, log }: Preparing, attempt: () => Promise<void>): Preparation {
  const given = new AbortController();
  let problem: unknown = new Error("The database is being prepared.");
  const done = retry(attempt, {
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: 200,
    maxDelayMs: 3_000,
    signal: given.signal,
    retryable: (thrown) => !(thrown instanceof AppError),
    onRetry: (thrown) => {
      problem = new Error(`The database is not ready for the ${service}: ${messageOf(thrown)}`, { cause: thrown });
      log.warn(`${area}.database-not-ready`, { error: thrown });
    },
  }).then(() => {
    problem = undefined;
    log.info(`${area}.prepared`);
  });
  done.catch((error: unknown) => {
    if (given.signal.aborted) return;
    problem = error;
    log.error(`${area}.database-refused`, { error });
  });
  return {
    done: done.catch(() => new Promise<void>(() => undefined)),
    check: async () => {
      if (problem !== undefined) throw problem;
    },
    giveUp: () => given.abort(),
  };
}
