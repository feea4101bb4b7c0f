import { backupError } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";

/** A tenant's home in one snapshot. */
export interface TenantBackup {
  snapshot: string;
  target: string;
  createdAt: string;
  pauseMs: number;
  files: number;
  sizeBytes: number;
}

/** Those that hold a tenant, in the order of the snapshots. */
export function backupsOf(tenant: string, snapshots: readonly Snapshot[]): TenantBackup[] {
  return snapshots.flatMap((snapshot) => {
    const home = snapshot.tenants.find(({ id }) => id === tenant);
    return home === undefined ? [] : [backupIn(snapshot, home)];
  });
}

/** Throws: AppError `backup.tenants-missed` when the snapshot was made without the tenant. */
export function backupOf(tenant: string, snapshot: Snapshot): TenantBackup {
  const home = snapshot.tenants.find(({ id }) => id === tenant);
  if (home !== undefined) return backupIn(snapshot, home);
  throw backupError(
    "backup.tenants-missed",
    `Snapshot ${snapshot.id.slice(0, 8)} was made without the home of ${tenant}; GET /backups says why, as lastError.`,
  );
}

const backupIn = ({ id, target, createdAt }: Snapshot, { pauseMs, files, sizeBytes }: Snapshot["tenants"][number]): TenantBackup => ({
  snapshot: id,
  target,
  createdAt,
  pauseMs,
  files,
  sizeBytes,
});
