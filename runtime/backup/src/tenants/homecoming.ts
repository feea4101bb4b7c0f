import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";
import type { Log } from "@freehold/kernel/log";
import type { Snapshot } from "../restic-output.ts";
import type { Restic, RunContext } from "../restic.ts";
import { exists, removeTree } from "../tree.ts";
import { checkFetched, requireRoom } from "./checking.ts";
import { homeOf, stageOf, type TenantLayout } from "./tenant-layout.ts";

export interface HomecomingParts {
  layout: TenantLayout;
  resticOf: (target: string) => Pick<Restic, "restore">;
  /** Newest first; throws while a target does not answer. */
  fetchList: () => Promise<Snapshot[]>;
  temporaryDir: string;
  log: Log;
}

/**
 * Brings all tenants' homes back to a volume that is new or was lost, from the newest snapshot that holds any. Homes that are there stay as they are.
 * Killed in the middle, the next start goes on: the mark that says that the volume was prepared is written last.
 */
export async function prepareTenants(parts: HomecomingParts, context: RunContext): Promise<void> {
  const { layout, fetchList, log } = parts;
  const marker = join(layout.tenantsDir, ".freehold-volume");
  if (await exists(marker)) return;
  const newest = (await fetchList()).find(({ tenants }) => tenants.length > 0);
  for (const { id, sizeBytes } of newest?.tenants ?? []) {
    if (newest === undefined || (await exists(homeOf(layout, id)))) continue;
    log.info("tenant.brought-back", { tenant: id, snapshot: newest.id, sizeBytes });
    await bringHome(parts, newest, { id, sizeBytes }, context);
  }
  await writeFileAtomic(marker, `${JSON.stringify({ restoredFrom: newest?.id ?? null })}\n`);
}

async function bringHome(
  { layout, resticOf, temporaryDir }: HomecomingParts,
  snapshot: Snapshot,
  tenant: { id: string; sizeBytes: number },
  context: RunContext,
) {
  const { id, sizeBytes } = tenant;
  const folder = join(layout.restores, `whole-${id}`);
  await removeTree(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await requireRoom(folder, sizeBytes);
  await resticOf(snapshot.target).restore({ snapshotId: snapshot.id, folder: stageOf(layout, id), target: folder }, context);
  await checkFetched(folder, { tenant: id, snapshotId: snapshot.id, temporaryDir }, context);
  await mkdir(join(layout.tenantsDir, id), { recursive: true });
  await rename(join(folder, "home"), homeOf(layout, id));
  await removeTree(folder);
}
