/** How restic is called: pure, as text. Everything secret travels by the environment. */

/** Who made a snapshot, as restic sees it; containers change their names, this stays. */
export const snapshotHost = "freehold";
const snapshotTag = "freehold";
const databasesTag = "databases=";
const tenantTag = "tenant=";

export interface Retention {
  hourly: number;
  daily: number;
}

/** A tenant's home in a snapshot. */
export interface TenantInSnapshot {
  id: string;
  /** How long its processes stood still for it. */
  pauseMs: number;
  files: number;
  sizeBytes: number;
}

export interface SnapshotOrder {
  /** Units: milliseconds since 1970. */
  startedAt: number;
  databases: readonly string[];
  tenants: readonly TenantInSnapshot[];
  /** Folders to save beside the one in which restic runs. Shape: absolute paths, which they keep in the snapshot. */
  folders: readonly string[];
  /** Absolute paths. */
  excludes: readonly string[];
}

/** Reading takes no lock, so that a lock left behind by a killed run never stands in the way of a restore. */
export const readConfig = (): string[] => ["cat", "config", "--no-lock"];
export const listSnapshots = (): string[] => ["snapshots", "--json", "--no-lock", "--host", snapshotHost, "--tag", snapshotTag];
export const listLocks = (): string[] => ["list", "locks", "--no-lock"];
export const readLock = (id: string): string[] => ["cat", "lock", id, "--no-lock"];
export const removeAllLocks = (): string[] => ["unlock", "--remove-all"];
export const initialise = (): string[] => ["init"];
export const dumpFile = (snapshotId: string, path: string): string[] => ["dump", "--no-lock", snapshotId, path];

/** To be run in the folder to save: `.` makes the snapshot's paths independent of where the folder is mounted. `parent` is a whole id. */
export function backUp({ startedAt, databases, tenants, folders, excludes }: SnapshotOrder, parent?: string): string[] {
  const time = wholeSecond(startedAt).slice(0, 19).replace("T", " ");
  const own = ["--host", snapshotHost, "--group-by", "host", "--tag", tagsOf(databases, tenants).join(","), "--time", time];
  const before = parent === undefined ? [] : ["--parent", parent];
  return ["backup", "--json", ...own, ...before, ...excludes.map((path) => `--exclude=${path}`), ".", ...folders];
}

/** restic takes whole seconds; rounded down, so that no snapshot claims to be newer than it is. */
export const wholeSecond = (at: number): string => new Date(Math.floor(at / 1_000) * 1_000).toISOString();

/** The snapshot's list of what it holds: it is read without fetching anything of the snapshot itself. */
export const tagsOf = (databases: readonly string[], tenants: readonly TenantInSnapshot[]): string[] => [
  snapshotTag,
  `${databasesTag}${databases.join("+")}`,
  ...tenants.map(({ id, pauseMs, files, sizeBytes }) => `${tenantTag}${id}:${Math.round(pauseMs)}:${files}:${sizeBytes}`),
];

/** Keeps all snapshots of the last day besides: what was asked for by hand must not vanish with the next one. */
export function forget({ hourly, daily }: Retention): string[] {
  const own = ["--host", snapshotHost, "--tag", snapshotTag, "--group-by", "host"];
  return ["forget", "--quiet", ...own, "--keep-within", "1d", "--keep-hourly", String(hourly), "--keep-daily", String(daily), "--prune"];
}

/** One of equal parts of all data, of which the first is 1. */
export interface DataPart {
  part: number;
  of: number;
}

/** The cache is used, so that little is fetched; what the bucket holds is compared with it by name and size, and the part's bytes are read. */
export const check = (data?: DataPart): string[] => [
  "check",
  "--quiet",
  "--no-lock",
  "--with-cache",
  ...(data === undefined ? [] : [`--read-data-subset=${data.part}/${data.of}`]),
];

export const stored = (): string[] => ["stats", "--json", "--no-lock", "--mode", "raw-data"];

export interface RestoreOrder {
  snapshotId: string;
  target: string;
  /** A folder of the snapshot whose content goes right into the target. */
  folder?: string;
  /** Paths in the snapshot; all of it unless given. */
  include?: readonly string[];
  exclude?: readonly string[];
}

export function restore({ snapshotId, target, folder, include = [], exclude = [] }: RestoreOrder): string[] {
  const filters = [...include.map((path) => `--include=${path}`), ...exclude.map((path) => `--exclude=${path}`)];
  return ["restore", "--quiet", "--no-lock", folder === undefined ? snapshotId : `${snapshotId}:${folder}`, "--target", target, ...filters];
}

export function databasesOfTags(tags: readonly string[]): string[] {
  const names = tags.find((tag) => tag.startsWith(databasesTag))?.slice(databasesTag.length) ?? "";
  return names.split("+").filter((name) => name !== "");
}

export function tenantsOfTags(tags: readonly string[]): TenantInSnapshot[] {
  return tags.flatMap((tag) => {
    const [, id = "", pauseMs, files, sizeBytes] = /^tenant=([a-z0-9-]+):(\d+):(\d+):(\d+)$/.exec(tag) ?? [];
    return id === "" ? [] : [{ id, pauseMs: Number(pauseMs), files: Number(files), sizeBytes: Number(sizeBytes) }];
  });
}
