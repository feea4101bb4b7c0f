import { AppError } from "@freehold/kernel/errors";
import type { Run } from "./run.ts";
import { StreamEvents } from "./stream-events.ts";

/**
 * The manager took its time over a container that a worker before this one had asked for. Its key is revoked, so Claude Code comes no further in it,
 * and it gives way; unless it had succeeded by then: its work is not done twice. A command needs no key and goes on.
 */
export async function settleMadeMeanwhile(run: Run, name: string): Promise<AppError> {
  const { manager } = run.parts;
  if (run.lease.command === null && !(await hadSucceeded(run, name))) await manager.remove(name);
  return new AppError("container.made-meanwhile", "An earlier request made the container meanwhile; it is looked at again.", { retryable: true });
}

/** Ends it first: then its log has an end. */
async function hadSucceeded({ parts, signal }: Run, name: string): Promise<boolean> {
  await parts.manager.stop(name, parts.limits.stopGraceMs);
  const events = new StreamEvents();
  for await (const piece of await parts.manager.log(name, 0, signal)) events.push(piece);
  return events.result?.isError === false;
}
