import { join } from "node:path";

/** Where things lie on the jobs volume. Every name of ours at its top begins with `.freehold`; all else belongs to the jobs. */
export interface Layout {
  jobsDir: string;
  /** Present on a volume that was prepared; written last. */
  marker: string;
  /** What a snapshot holds beside the jobs' files: a manifest and the dumps. Filled for each snapshot, emptied after. */
  stage: string;
  stagedDatabases: string;
  stagedManifest: string;
  /** Folders and files that never enter a snapshot. */
  work: string;
  lock: string;
  cache: string;
  temporary: string;
  /** What targets were asked for, counted. */
  meters: string;
  /** A snapshot being restored, complete before anything of it is used. */
  incoming: string;
  /** Present exactly while restored files and databases change places with the old ones. */
  journal: string;
  /** Present while the databases come back from the archive and files wait to follow them. */
  pending: string;
  /** What the last restore took away, kept for a while. */
  replaced: string;
}

export const stageName = ".freehold-snapshot";
const markerName = ".freehold-volume";
const workName = ".freehold";
const lostName = "lost+found";

/** Names at the top that are not the jobs'; `lost+found` is the file system's. */
export const isReserved = (name: string): boolean => [stageName, markerName, workName, lostName].includes(name);

/** The worker's mirrors of repositories: they can be fetched again at any time. */
const mirrorsName = "repositories";

/** What a snapshot leaves out. */
export const excludedPaths = ({ jobsDir, marker, work }: Layout): string[] => [marker, work, join(jobsDir, lostName), join(jobsDir, mirrorsName)];

export function layoutOf(jobsDir: string): Layout {
  const stage = join(jobsDir, stageName);
  const work = join(jobsDir, workName);
  return {
    jobsDir,
    marker: join(jobsDir, markerName),
    stage,
    stagedDatabases: join(stage, "databases"),
    stagedManifest: join(stage, "manifest.json"),
    work,
    lock: join(work, "lock"),
    cache: join(work, "cache"),
    temporary: join(work, "tmp"),
    meters: join(work, "meters"),
    incoming: join(work, "incoming"),
    journal: join(work, "swap.json"),
    pending: join(work, "pending.json"),
    replaced: join(work, "replaced"),
  };
}
