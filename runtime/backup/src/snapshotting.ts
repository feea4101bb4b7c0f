import { finishInterrupted } from "./archive/moment.ts";
import { replacedName } from "./databases.ts";
import { excludedPaths } from "./layout.ts";
import { takeLock } from "./lock.ts";
import { backupError } from "./errors.ts";
import type { Snapshot } from "./restic-output.ts";
import type { RunContext, Skipped } from "./restic.ts";
import type { HomeParts } from "./restoring.ts";
import { emptyStage, fillStage } from "./stage.ts";
import { dropReplaced } from "./swap.ts";
import { budgetOf, spent } from "./targets/budget.ts";
import type { Target } from "./targets/target.ts";
import { stageTenants, unusableStages, type MissedTenant, type StagedTenants, type StagingParts } from "./tenants/staging.ts";

export interface SnapshotResult {
  snapshot: Snapshot;
  skipped: Skipped[];
  /** Tenants whose homes it lacks, although they are there. */
  missed: MissedTenant[];
  /** What failed after it was saved: the new one is there all the same. */
  laterFailures: { event: string; thrown: unknown }[];
}

const keepReplacedMs = 24 * 3_600_000;

/** Makes a snapshot while no other process of the home makes or restores one. Throws: AppErrors `backup.busy`, `backup.over-budget` and whatever `makeSnapshot` does. */
export async function makeLockedSnapshot(parts: HomeParts, target: Target, onBegin: () => void, signal: AbortSignal): Promise<SnapshotResult> {
  requireBudget(target, parts.clock.now());
  const lock = await takeLock(parts.layout.lock);
  try {
    return await makeSnapshot(parts, target, onBegin, { signal, keepOpen: lock.file });
  } finally {
    await lock.release();
  }
}

function requireBudget({ name, settings, meter }: Target, now: number): void {
  const line = spent(budgetOf(settings, meter.counts, now));
  if (line === undefined) return;
  throw backupError(
    "backup.over-budget",
    `No snapshot goes to ${name} for now: its free ${line.what} of ${line.limit} are used up (${line.used}). Raise the limit in BACKUP_TARGETS if you want to pay, or wait for the next month.`,
  );
}

/**
 * Saves the databases, the jobs' files and the tenants' homes as one snapshot, while all of them are in use, and checks the repository when that is due.
 * `onBegin` is called just before the first byte is read: what happens later may be missing in it.
 */
async function makeSnapshot(parts: HomeParts, target: Target, onBegin: () => void, context: RunContext): Promise<SnapshotResult> {
  const { layout, tools, clock } = parts;
  const { restic, meter } = target;
  const before = meter.counts;
  await finishInterrupted(parts);
  if (!restic.isInUse && !(await restic.probe(context))) await restic.initialise(context);
  onBegin();
  const begun = { startedAt: clock.now(), databases: [...parts.passwords.keys()] };
  try {
    const homes = await fillStage({ layout, tools, stageHomes: () => stageHomes(parts.tenants, context), ...begun }, context);
    const saved = await restic.backUp(layout.jobsDir, { ...begun, ...(await orderOf(parts, homes)) }, context);
    const laterFailures = [
      ...(await failureOf("backup.check-failed", () => checkWhenDue(target, context))),
      ...(await failureOf("backup.replaced-not-dropped", () => dropOldReplaced(parts))),
    ];
    await tellManager(parts, saved.snapshot);
    await meter.countRun(before, saved.snapshot.addedBytes);
    return { ...saved, missed: homes.missed, laterFailures };
  } finally {
    await emptyStage(layout);
  }
}

async function checkWhenDue({ restic, checks }: Target, context: RunContext): Promise<void> {
  if (!checks.due) return;
  await restic.check(undefined, context);
  checks.done();
}

/** So that people see it beside each tenant; the truth is the list of snapshots. */
async function tellManager({ tenants, log }: HomeParts, { createdAt, tenants: saved }: Snapshot): Promise<void> {
  for (const { id } of saved) {
    const told = await tenants?.manager.backedUp(id, createdAt).then(
      () => true,
      (error: unknown) => log.warn("tenants.manager-not-told", { error }),
    );
    if (told === undefined) return;
  }
}

async function failureOf(event: string, work: () => Promise<void>): Promise<SnapshotResult["laterFailures"]> {
  try {
    await work();
    return [];
  } catch (thrown) {
    return [{ event, thrown }];
  }
}

const stageHomes = (tenants: StagingParts | undefined, context: RunContext): Promise<StagedTenants> =>
  tenants === undefined ? Promise.resolve({ staged: [], missed: [] }) : stageTenants(tenants, context);

async function orderOf({ layout, tenants }: HomeParts, homes: StagedTenants) {
  const unusable = tenants === undefined ? [] : await unusableStages(tenants, homes);
  return {
    tenants: homes.staged.map(({ id, pauseMs, tally }) => ({ id, pauseMs, files: tally.files, sizeBytes: tally.sizeBytes })),
    folders: tenants === undefined ? [] : [tenants.layout.stages],
    excludes: [...excludedPaths(layout), ...unusable],
  };
}

async function dropOldReplaced({ layout, databases, passwords, clock }: HomeParts): Promise<void> {
  if (!(await dropReplaced(layout, clock.now() - keepReplacedMs))) return;
  const existing = await databases.existing();
  for (const name of passwords.keys()) if (existing.has(replacedName(name))) await databases.drop(replacedName(name));
}
