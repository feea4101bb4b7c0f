import { finishInterrupted } from "./archive/moment.ts";
import { recoverLost } from "./archive/recovery.ts";
import { mkdir } from "node:fs/promises";
import { restoringName } from "./databases.ts";
import { planPreparation, type Missing, type Plan } from "./plan.ts";
import { newestFirst, type Snapshot } from "./restic-output.ts";
import type { RunContext } from "./restic.ts";
import { resticOf, restoreSnapshot, type HomeParts } from "./restoring.ts";
import { markVolume } from "./swap.ts";
import { prepareTenants } from "./tenants/homecoming.ts";
import { exists, removeTree } from "./tree.ts";

/**
 * Makes the home whole before anything uses it: a lost cluster from the archive, to its newest moment; roles and passwords; every database and the
 * jobs volume that is missing still, from the newest snapshot; and new only what the bucket holds none of. Asks the bucket only if something is missing.
 * Safe to repeat; throws what stands in the way, having made nothing empty.
 */
export async function prepare(parts: HomeParts, context: RunContext): Promise<void> {
  const { layout, databases, passwords } = parts;
  for (const folder of [layout.work, layout.cache, layout.temporary]) await mkdir(folder, { recursive: true, mode: 0o700 });
  // Before the databases: once those are there the manager makes homes for whoever has none.
  await bringTenants(parts, context);
  await finishInterrupted(parts);
  const obstacle = await recoverLost(parts, context);
  for (const [name, password] of passwords) await databases.ensureRole(name, password);
  const missing = await findMissing(parts);
  if (missing.jobs || missing.databases.length > 0) await bringBack(parts, missing, obstacle, context);
  for (const name of passwords.keys()) await databases.secure(name, name);
  await removeLeftovers(parts);
}

async function bringTenants(parts: HomeParts, context: RunContext): Promise<void> {
  const { tenants, log, layout } = parts;
  if (tenants === undefined) return;
  const fetchList = () => snapshotsOrNewRepositories(parts, context);
  await prepareTenants({ layout: tenants.layout, resticOf: (name) => resticOf(parts, name), fetchList, temporaryDir: layout.temporary, log }, context);
}

async function findMissing({ layout, databases, passwords }: HomeParts): Promise<Missing> {
  const existing = await databases.existing();
  return { databases: [...passwords.keys()].filter((name) => !existing.has(name)), jobs: !(await exists(layout.marker)) };
}

/** `obstacle` is why the archive could not bring the databases back: what it holds must then not be passed over by making them empty. */
async function bringBack(parts: HomeParts, missing: Missing, obstacle: unknown, context: RunContext): Promise<void> {
  const plan = planPreparation(missing, await snapshotsOrNewRepositories(parts, context));
  if (obstacle !== undefined && plan.create.length > 0) throw obstacle;
  parts.log.info("home.incomplete", { missing, plan });
  for (const step of plan.restores) await restoreSnapshot(parts, step, context);
  await makeNew(parts, plan);
}

/**
 * Of all targets, newest first: the newest state may be in any of them, so that all must answer before anything is brought back or made new.
 * Making a repository also proves that backups will work, and that there is none whose config was lost.
 */
async function snapshotsOrNewRepositories({ targets }: HomeParts, context: RunContext): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const { restic } of targets) {
    if (await restic.probe(context)) found.push(...(await restic.snapshots(context)));
    else await restic.initialise(context);
  }
  return newestFirst(found);
}

async function makeNew({ layout, databases, log }: HomeParts, { create, keepJobs }: Plan): Promise<void> {
  for (const name of create) await databases.create(name, name);
  if (keepJobs) await markVolume(layout, { restoredFrom: null });
  if (create.length > 0 || keepJobs) log.info("home.made-new", { databases: create, jobs: keepJobs });
}

async function removeLeftovers({ layout, databases, passwords }: HomeParts): Promise<void> {
  await removeTree(layout.incoming);
  const existing = await databases.existing();
  for (const name of passwords.keys()) if (existing.has(restoringName(name))) await databases.drop(restoringName(name));
}
