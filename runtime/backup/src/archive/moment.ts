import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { writeFileAtomic } from "@freehold/kernel/files";
import { z } from "zod";
import { backupError } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";
import type { RunContext } from "../restic.ts";
import { discard, fetchFiles, finishUnfinished, snapshotsOf, type HomeParts } from "../restoring.ts";
import { beginSwap, finishSwap } from "../swap.ts";
import { exists } from "../tree.ts";
import { findPlan, requireArchive } from "./recovery.ts";
import type { RestoreOutcome } from "./archive.ts";
import { archiveFailure } from "./report.ts";
import { refuseFuture } from "./target.ts";

/** A restore to a moment between its two halves: the databases were ordered back, and the files wait for them. */
const pendingSchema = z.object({ orderId: z.uuid(), snapshotId: z.string().nullable(), startedAt: z.number() });
type Pending = z.output<typeof pendingSchema>;

export interface MomentOrder {
  /** Units: milliseconds since 1970. */
  at: number;
  /** Leaves the jobs' files as they are. */
  databasesOnly: boolean;
}

/**
 * The files that go with databases of a moment: of the first snapshot that began at it or later, so that whatever the databases call finished has its
 * files complete, as in any snapshot. After the newest snapshot that is what lies on the volume now. `snapshots` come newest first.
 */
export const filesFor = (at: number, snapshots: readonly Snapshot[]): Snapshot | undefined =>
  snapshots.findLast(({ createdAt }) => Date.parse(createdAt) >= at);

/** Brings the databases back to a moment, and the jobs' files to what belongs to it. Killed before the databases are back it has changed nothing; after, `finishMoment` ends it. */
export async function restoreMoment(parts: HomeParts, { at, databasesOnly }: MomentOrder, context: RunContext): Promise<{ files: Snapshot | undefined }> {
  const { archive, layout, log, clock } = parts;
  refuseFuture(at, clock.now());
  await requireArchive(parts);
  await archive.settle(context);
  const found = await findPlan(parts, at, context);
  if (found === undefined) throw backupError("backup.bad-target", "The archive holds no base backup of this PostgreSQL yet: restore a snapshot by its id.");
  const files = databasesOnly ? undefined : filesFor(at, await snapshotsOf(parts, context));
  const pending: Pending = { orderId: randomUUID(), snapshotId: files?.id ?? null, startedAt: clock.now() };
  log.info("restore.started", { at: new Date(at).toISOString(), ...found.plan, files: pending.snapshotId });
  try {
    if (files !== undefined) await fetchFiles(parts, files, context);
    await mkdir(layout.work, { recursive: true, mode: 0o700 });
    await writeFileAtomic(layout.pending, JSON.stringify(pending), 0o600);
  } catch (thrown) {
    await discard(parts, []);
    throw thrown;
  }
  await archive.restore(pending.orderId, found.plan, context);
  const outcome = await finishMoment(parts);
  if (outcome?.ok !== true) throw archiveFailure("The databases could not be brought back from the archive, and are as they were", outcome?.detail ?? "");
  await admitServices(parts);
  log.info("restore.finished", { at: new Date(at).toISOString(), durationMs: clock.now() - pending.startedAt });
  return { files };
}

/** Finishes whatever restore a killed run left half done. Throws: AppError `backup.not-prepared` while PostgreSQL is still at it. */
export async function finishInterrupted(parts: HomeParts): Promise<void> {
  // The journal is written when the databases are back: it alone says what is left to do.
  if (await exists(parts.layout.journal)) await rm(parts.layout.pending, { force: true });
  await finishUnfinished(parts);
  const outcome = await finishMoment(parts);
  if (outcome !== undefined) parts.log.warn("restore.finished-after-interruption", { ...outcome });
}

/** Puts the files in place if the databases came back, and forgets the restore if they did not; undefined when there is none. */
async function finishMoment(parts: HomeParts): Promise<RestoreOutcome | undefined> {
  const { layout, archive } = parts;
  if (!(await exists(layout.pending))) return undefined;
  const pending = pendingSchema.parse(JSON.parse(await readFile(layout.pending, "utf8")));
  const fate = await archive.fate(pending.orderId);
  if (fate === "ordered") throw backupError("backup.not-prepared", "PostgreSQL is coming back from the archive; its container's log says how far it is.");
  if (fate !== "unknown" && fate.ok) await putFilesInPlace(parts, pending);
  else {
    await rm(layout.pending);
    await discard(parts, []);
  }
  return fate === "unknown" ? { id: pending.orderId, ok: false, detail: "PostgreSQL never heard of it" } : fate;
}

async function putFilesInPlace({ layout, databases }: HomeParts, { snapshotId, startedAt }: Pending): Promise<void> {
  if (snapshotId !== null) await beginSwap(layout, { snapshotId, databases: [], jobs: true, startedAt });
  await rm(layout.pending);
  await finishSwap({ layout, swapDatabases: (names) => databases.swapIn(names) });
}

/** The roles of that moment get today's passwords, and a database that came later is made new. */
async function admitServices({ databases, passwords, log }: HomeParts): Promise<void> {
  const existing = await databases.existing();
  for (const [name, password] of passwords) {
    await databases.ensureRole(name, password);
    if (!existing.has(name)) {
      await databases.create(name, name);
      log.warn("restore.database-made-new", { database: name });
    }
    await databases.secure(name, name);
  }
}
