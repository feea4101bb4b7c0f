import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Run } from "./run.ts";
import { StreamEvents } from "./stream-events.ts";

/**
 * The manager took its time over a container that a worker before this one had asked for. Its key is revoked, so Claude Code comes no further in it,
 * and it gives way; unless it had succeeded by then: its work is not done twice. A command needs no key and goes on.
 * `hold` throws where the lease is another's: then the container is the new holder's, and is left alone.
 */
export async function settleMadeMeanwhile(run: Run, name: string, hold: () => Promise<void>): Promise<AppError> {
  await hold();
  if (run.lease.command === null && !(await hadSucceeded(run, name))) {
    await hold();
    await run.parts.manager.remove(name);
  }
  return lookAgain("An earlier request made the container meanwhile; it is looked at again.");
}

/** Ends it first: then its log has an end. */
async function hadSucceeded({ parts, signal }: Run, name: string): Promise<boolean> {
  await parts.manager.stop(name, parts.limits.stopGraceMs);
  const events = new StreamEvents();
  try {
    for await (const piece of await parts.manager.log(name, 0, signal)) events.push(piece);
  } catch (cause) {
    throw lookAgain(`The log of a container that was made meanwhile broke off: ${messageOf(cause)}`, cause);
  }
  return events.result?.isError === false;
}

const lookAgain = (message: string, cause?: unknown) => new AppError("container.made-meanwhile", message, { retryable: true, cause });
