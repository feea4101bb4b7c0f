import { mkdir } from "node:fs/promises";
import { restoringName } from "./databases.ts";
import { planPreparation, type Missing, type Plan } from "./plan.ts";
import type { RunContext } from "./restic.ts";
import { finishUnfinished, restoreSnapshot, type HomeParts } from "./restoring.ts";
import { markVolume } from "./swap.ts";
import { exists, removeTree } from "./tree.ts";

/**
 * Makes the home whole before anything uses it: roles and passwords, and every database and the jobs volume, brought back
 * from the bucket where they are missing and made new only where the bucket holds none. Asks the bucket only if something is missing.
 * Safe to repeat; throws what stands in the way, having made nothing empty.
 */
export async function prepare(parts: HomeParts, context: RunContext): Promise<void> {
  const { layout, databases, passwords } = parts;
  for (const folder of [layout.work, layout.cache, layout.temporary]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await finishUnfinished(parts);
  for (const [name, password] of passwords) await databases.ensureRole(name, password);
  const missing = await findMissing(parts);
  if (missing.jobs || missing.databases.length > 0) await bringBack(parts, missing, context);
  for (const name of passwords.keys()) await databases.secure(name, name);
  await removeLeftovers(parts);
}

async function findMissing({ layout, databases, passwords }: HomeParts): Promise<Missing> {
  const existing = await databases.existing();
  return { databases: [...passwords.keys()].filter((name) => !existing.has(name)), jobs: !(await exists(layout.marker)) };
}

async function bringBack(parts: HomeParts, missing: Missing, context: RunContext): Promise<void> {
  const plan = planPreparation(missing, await snapshotsOrNewRepository(parts, context));
  parts.log.info("home.incomplete", { missing, plan });
  for (const step of plan.restores) await restoreSnapshot(parts, step, context);
  await makeNew(parts, plan);
}

/** Making the repository also proves that backups will work, and that there is none whose config was lost. */
async function snapshotsOrNewRepository({ restic }: HomeParts, context: RunContext) {
  if (await restic.probe(context)) return restic.snapshots(context);
  await restic.initialise(context);
  return [];
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
