import { randomUUID } from "node:crypto";
import { backupError, hasCode } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";
import type { RunContext } from "../restic.ts";
import { restoreSnapshot, snapshotsOf, type HomeParts } from "../restoring.ts";
import type { RestoreOutcome } from "./archive.ts";
import type { ArchivedCluster } from "./info.ts";
import { archiveFailure } from "./report.ts";
import { planRecovery, usableCluster, type RecoveryPlan, type Target } from "./target.ts";

/** So much older than the newest dumps may what came back be: segments leave every 5 minutes, so more means that the archive had stopped. */
const staleMs = 600_000;

/** Which base backup and timeline lead to a moment. Throws: AppErrors of the archive; undefined when this PostgreSQL can use nothing in it. */
export async function findPlan(
  { archive }: Pick<HomeParts, "archive">,
  target: Target,
  context: RunContext,
): Promise<{ plan: RecoveryPlan; cluster: ArchivedCluster } | undefined> {
  const info = await archive.info(context);
  const cluster = usableCluster(info, (await archive.server()).version);
  const backups = info.backups.filter(({ databaseId }) => databaseId === cluster?.id);
  if (cluster === undefined || backups.length === 0) return undefined;
  return { plan: planRecovery(target, backups, await archive.timelines(cluster, context)), cluster };
}

/**
 * Brings a lost cluster back from the archive, to its newest moment, before anything uses it. A cluster is lost when it holds none of our databases.
 * Returns what stood in the way of it where the dumps must do instead; undefined when all went well or there was nothing to do.
 * Throws: AppErrors that may pass or that the owner must cure, having made nothing empty.
 */
export async function recoverLost(parts: HomeParts, context: RunContext): Promise<unknown> {
  const { archive, databases, passwords, log } = parts;
  const existing = await databases.existing();
  if ([...passwords.keys()].some((name) => existing.has(name)) || !(await archive.enabled())) return undefined;
  try {
    const found = await findPlan(parts, "newest", context);
    if (found === undefined || found.cluster.systemId === (await archive.server()).systemId) return undefined;
    const snapshots = await snapshotsOf(parts, context);
    log.info("recovery.started", { ...found.plan });
    const outcome = await archive.restore(randomUUID(), found.plan, context);
    if (!outcome.ok) throw archiveFailure("The databases could not be brought back from the archive", outcome.detail);
    const reachedAt = reachedBy(outcome, found.plan);
    log.info("recovery.finished", { reachedAt: new Date(reachedAt).toISOString() });
    const fresher = snapshots.find(({ createdAt }) => Date.parse(createdAt) > reachedAt + staleMs);
    if (fresher !== undefined) await preferDumps(parts, fresher, reachedAt, context);
    return undefined;
  } catch (thrown) {
    if (!hasCode(thrown, "backup.archive-broken") && !hasCode(thrown, "backup.bad-target")) throw thrown;
    log.error("recovery.impossible", { error: thrown, instead: "the newest dumps" });
    return thrown;
  }
}

/** The time of the last commit that came back; of a cluster that was idle since its base backup, that one's. */
export function reachedBy({ detail }: Pick<RestoreOutcome, "detail">, { from }: Pick<RecoveryPlan, "from">): number {
  const written = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/.exec(detail);
  return Math.max(from, written === null ? 0 : Date.parse(`${written[1]}T${written[2]}Z`));
}

async function preferDumps(parts: HomeParts, snapshot: Snapshot, reachedAt: number, context: RunContext) {
  const names = [...parts.passwords.keys()].filter((name) => snapshot.databases.includes(name));
  parts.log.error("recovery.archive-behind-dumps", { reachedAt: new Date(reachedAt).toISOString(), dumpsOf: snapshot.createdAt, databases: names });
  for (const [name, password] of parts.passwords) await parts.databases.ensureRole(name, password);
  await restoreSnapshot(parts, { snapshotId: snapshot.id, target: snapshot.target, databases: names, jobs: false }, context);
}

/** Throws: AppError `backup.no-archive`. */
export async function requireArchive({ archive }: Pick<HomeParts, "archive">): Promise<void> {
  if (await archive.enabled()) return;
  throw backupError(
    "backup.no-archive",
    "PostgreSQL runs without an archive (WAL_REPOSITORY is not set), so only snapshots can be restored: give the id of one.",
  );
}
