/** How restic is called: pure, as text. Everything secret travels by the environment. */

/** Who made a snapshot, as restic sees it; containers change their names, this stays. */
export const snapshotHost = "freehold";
const snapshotTag = "freehold";
const databasesTag = "databases=";

export interface Retention {
  hourly: number;
  daily: number;
}

export interface SnapshotOrder {
  /** Units: milliseconds since 1970. */
  startedAt: number;
  databases: readonly string[];
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

/** To be run in the folder to save: `.` makes the snapshot's paths independent of where the folder is mounted. */
export function backUp({ startedAt, databases, excludes }: SnapshotOrder): string[] {
  const time = wholeSecond(startedAt).slice(0, 19).replace("T", " ");
  const own = ["--host", snapshotHost, "--group-by", "host", "--tag", tagsOf(databases).join(","), "--time", time];
  return ["backup", "--json", ...own, ...excludes.map((path) => `--exclude=${path}`), "."];
}

/** restic takes whole seconds; rounded down, so that no snapshot claims to be newer than it is. */
export const wholeSecond = (at: number): string => new Date(Math.floor(at / 1_000) * 1_000).toISOString();

export const tagsOf = (databases: readonly string[]): string[] => [snapshotTag, `${databasesTag}${databases.join("+")}`];

/** Keeps all snapshots of the last day besides: what was asked for by hand must not vanish with the next one. */
export function forget({ hourly, daily }: Retention): string[] {
  const own = ["--host", snapshotHost, "--tag", snapshotTag, "--group-by", "host"];
  return ["forget", "--quiet", ...own, "--keep-within", "1d", "--keep-hourly", String(hourly), "--keep-daily", String(daily), "--prune"];
}

export interface RestoreOrder {
  snapshotId: string;
  target: string;
  /** Paths in the snapshot; all of it unless given. */
  include?: readonly string[];
  exclude?: readonly string[];
}

export function restore({ snapshotId, target, include = [], exclude = [] }: RestoreOrder): string[] {
  const filters = [...include.map((path) => `--include=${path}`), ...exclude.map((path) => `--exclude=${path}`)];
  return ["restore", "--quiet", "--no-lock", snapshotId, "--target", target, ...filters];
}

export function databasesOfTags(tags: readonly string[]): string[] {
  const names = tags.find((tag) => tag.startsWith(databasesTag))?.slice(databasesTag.length) ?? "";
  return names.split("+").filter((name) => name !== "");
}
