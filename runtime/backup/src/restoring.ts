import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Archive } from "./archive/archive.ts";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Secret } from "@freehold/kernel/secret";
import { restoringName, type Databases } from "./databases.ts";
import type { DumpTools } from "./dump.ts";
import { backupError } from "./errors.ts";
import { stageName, type Layout } from "./layout.ts";
import { checkDumps, parseManifest, type Manifest } from "./manifest.ts";
import type { RestoreStep } from "./plan.ts";
import { run } from "./process.ts";
import { newestFirst, type Snapshot } from "./restic-output.ts";
import type { Restic, RunContext } from "./restic.ts";
import { dumpFile, readDumps } from "./stage.ts";
import { beginSwap, finishSwap } from "./swap.ts";
import type { Target } from "./targets/target.ts";
import type { Manager } from "./tenants/manager.ts";
import type { StagingParts } from "./tenants/staging.ts";
import { exists, removeTree } from "./tree.ts";

/** Where the tenants volume is in a home that has one. */
const standardTenantsDir = "/tenants";

/** What it takes to bring a home back. */
export interface HomeParts {
  layout: Layout;
  /** Where snapshots are kept, the main one first. */
  targets: readonly Target[];
  tools: DumpTools;
  databases: Databases;
  archive: Archive;
  /** Database, and role of the same name → the role's password. */
  passwords: ReadonlyMap<string, Secret>;
  log: Log;
  clock: Clock;
  /** Undefined in a home without tenants. */
  tenants: (StagingParts & { manager: Manager }) | undefined;
}

/** Throws: Error when the settings name no such target. */
export function resticOf({ targets }: Pick<HomeParts, "targets">, name: string): Restic {
  const found = targets.find((target) => target.name === name);
  if (found === undefined)
    throw backupError("backup.unknown-target", `The settings name no target ${name}; there are: ${targets.map((target) => target.name).join(", ")}.`);
  return found.restic;
}

/** All targets' snapshots, newest first. */
export async function snapshotsOf({ targets }: Pick<HomeParts, "targets">, context: RunContext): Promise<Snapshot[]> {
  return newestFirst((await Promise.all(targets.map(({ restic }) => restic.snapshots(context)))).flat());
}

/** Finishes an exchange of restored for old things that a killed run left half done. */
export async function finishUnfinished({ layout, databases, log }: HomeParts): Promise<void> {
  const journal = await finishSwap({ layout, swapDatabases: (names) => databases.swapIn(names) });
  if (journal !== undefined) log.warn("restore.finished-after-interruption", { snapshotId: journal.snapshotId });
}

/**
 * Brings databases or the jobs' files back from a snapshot. All of it is fetched beside what is there and checked; then old and
 * new change places. Killed before the exchange it has changed nothing; killed in it, `finishUnfinished` ends it.
 */
export async function restoreSnapshot(parts: HomeParts, step: RestoreStep, context: RunContext): Promise<void> {
  const { layout, log, clock } = parts;
  const startedAt = clock.now();
  log.info("restore.started", { ...step });
  try {
    const manifest = await fetchSnapshot(parts, step, context);
    await fillDatabases(parts, step, manifest, context);
    // Renames must not reach the disk before the bytes that they uncover.
    await run({ program: "sync", args: ["--file-system", layout.incoming], timeoutMs: 600_000, ...context });
  } catch (thrown) {
    await discard(parts, step.databases);
    throw thrown;
  }
  await beginSwap(layout, { ...step, startedAt });
  await finishSwap({ layout, swapDatabases: (names) => parts.databases.swapIn(names) });
  log.info("restore.finished", { ...step, durationMs: clock.now() - startedAt });
}

/** Lays the files of a snapshot beside what is there. */
export async function fetchFiles(parts: HomeParts, snapshot: Snapshot, context: RunContext): Promise<void> {
  await fetchSnapshot(parts, { snapshotId: snapshot.id, target: snapshot.target, databases: [], jobs: true }, context);
  await run({ program: "sync", args: ["--file-system", parts.layout.incoming], timeoutMs: 600_000, ...context });
}

async function fetchSnapshot(parts: HomeParts, { snapshotId, target, databases, jobs }: RestoreStep, context: RunContext): Promise<Manifest> {
  const { layout } = parts;
  const restic = resticOf(parts, target);
  const manifest = parseManifest(await restic.read(snapshotId, `/${stageName}/manifest.json`, context), snapshotId);
  const absent = databases.find((name) => !manifest.databases.some((dump) => dump.name === name));
  if (absent !== undefined) throw backupError("backup.bad-snapshot", `Snapshot ${snapshotId} holds no database ${absent}. Choose another snapshot.`);
  await removeTree(layout.incoming);
  await mkdir(layout.incoming, { recursive: true, mode: 0o700 });
  const part = filterOf(databases.length > 0, jobs, parts.tenants?.layout.tenantsDir ?? standardTenantsDir);
  await restic.restore({ snapshotId, target: layout.incoming, ...part }, context);
  if (databases.length > 0) checkDumps(manifest, await readDumps(join(layout.incoming, stageName, "databases")), snapshotId);
  return manifest;
}

/** Tenants' homes come back by their own way. */
function filterOf(databases: boolean, jobs: boolean, tenantsDir: string): { include?: string[]; exclude?: string[] } {
  if (!jobs) return { include: [`/${stageName}`] };
  return { exclude: databases ? [tenantsDir] : [`/${stageName}`, tenantsDir] };
}

async function fillDatabases({ layout, tools, databases, log }: HomeParts, step: RestoreStep, manifest: Manifest, context: RunContext): Promise<void> {
  for (const name of step.databases) {
    const restoring = restoringName(name);
    await databases.drop(restoring);
    await databases.create(restoring, name);
    await databases.secure(restoring, name);
    await tools.restore(join(layout.incoming, stageName, "databases", dumpFile(name)), restoring, context);
    log.info("restore.database-filled", { database: name, sizeBytes: manifest.databases.find((dump) => dump.name === name)?.sizeBytes });
  }
}

/** Removes what an unfinished restore laid beside; must not hide the error that brought us here. */
export async function discard({ layout, databases, log }: HomeParts, names: readonly string[]): Promise<void> {
  try {
    await removeTree(layout.incoming);
    for (const name of names) await databases.drop(restoringName(name));
  } catch (error) {
    log.warn("restore.leftovers-stay", { error });
  }
}

export const isUnfinished = async ({ journal, pending }: Layout): Promise<boolean> => (await exists(journal)) || (await exists(pending));
