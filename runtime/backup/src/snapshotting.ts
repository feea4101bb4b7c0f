import { finishInterrupted } from "./archive/moment.ts";
import { replacedName } from "./databases.ts";
import { excludedPaths } from "./layout.ts";
import { takeLock } from "./lock.ts";
import type { Retention } from "./restic-commands.ts";
import type { Snapshot } from "./restic-output.ts";
import type { RunContext, Skipped } from "./restic.ts";
import type { HomeParts } from "./restoring.ts";
import { emptyStage, fillStage } from "./stage.ts";
import { dropReplaced } from "./swap.ts";

export interface SnapshotResult {
  snapshot: Snapshot;
  skipped: Skipped[];
  /** Old snapshots could not be thinned out; the new one is safe all the same. */
  retentionFailure: unknown;
}

const keepReplacedMs = 24 * 3_600_000;

/** Makes a snapshot while no other process of the home makes or restores one. Throws: AppError `backup.busy` and whatever `makeSnapshot` does. */
export async function makeLockedSnapshot(parts: HomeParts, retention: Retention, onBegin: () => void, signal: AbortSignal): Promise<SnapshotResult> {
  const lock = await takeLock(parts.layout.lock);
  try {
    return await makeSnapshot(parts, retention, onBegin, { signal, keepOpen: lock.file });
  } finally {
    await lock.release();
  }
}

/**
 * Saves the databases and the jobs' files as one snapshot, while all of them are in use, and thins out the old ones.
 * `onBegin` is called just before the first byte is read: what happens later may be missing in it.
 */
async function makeSnapshot(parts: HomeParts, retention: Retention, onBegin: () => void, context: RunContext): Promise<SnapshotResult> {
  const { layout, restic, tools, clock } = parts;
  await finishInterrupted(parts);
  if (!(await restic.probe(context))) await restic.initialise(context);
  onBegin();
  const order = { startedAt: clock.now(), databases: [...parts.passwords.keys()], excludes: excludedPaths(layout) };
  try {
    await fillStage({ layout, tools, ...order }, context);
    const saved = await restic.backUp(layout.jobsDir, order, context);
    return { ...saved, retentionFailure: await thinOut(parts, retention, context) };
  } finally {
    await emptyStage(layout);
  }
}

async function thinOut(parts: HomeParts, retention: Retention, context: RunContext): Promise<unknown> {
  try {
    await parts.restic.forget(retention, context);
    await dropOldReplaced(parts);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

async function dropOldReplaced({ layout, databases, passwords, clock }: HomeParts): Promise<void> {
  if (!(await dropReplaced(layout, clock.now() - keepReplacedMs))) return;
  const existing = await databases.existing();
  for (const name of passwords.keys()) if (existing.has(replacedName(name))) await databases.drop(replacedName(name));
}
