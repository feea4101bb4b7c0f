import { backupError } from "./errors.ts";
import type { Snapshot } from "./restic-output.ts";

/** What a home lacks at its start. */
export interface Missing {
  databases: readonly string[];
  jobs: boolean;
}

export interface RestoreStep {
  snapshotId: string;
  target: string;
  databases: string[];
  jobs: boolean;
}

export interface Plan {
  restores: RestoreStep[];
  /** Databases that no snapshot holds. */
  create: string[];
  /** The jobs volume starts empty, or with what lies on it. */
  keepJobs: boolean;
}

/** Takes each missing thing from the newest snapshot that holds it; what none holds is made new. `snapshots` come newest first. */
export function planPreparation({ databases, jobs }: Missing, snapshots: readonly Snapshot[]): Plan {
  const steps = new Map<string, RestoreStep>();
  const stepOf = ({ id, target }: Snapshot) => {
    const step = steps.get(id) ?? { snapshotId: id, target, databases: [], jobs: false };
    steps.set(id, step);
    return step;
  };
  const create: string[] = [];
  for (const name of databases) {
    const holder = snapshots.find((snapshot) => snapshot.databases.includes(name));
    if (holder === undefined) create.push(name);
    else stepOf(holder).databases.push(name);
  }
  const newest = snapshots[0];
  if (jobs && newest !== undefined) stepOf(newest).jobs = true;
  return { restores: [...steps.values()], create, keepJobs: jobs && newest === undefined };
}

/** Throws: AppErrors `backup.no-snapshot`, `backup.unknown-snapshot`. */
export function chooseSnapshot(asked: string, snapshots: readonly Snapshot[]): Snapshot {
  const newest = snapshots[0];
  if (newest === undefined) throw backupError("backup.no-snapshot", "The bucket holds no snapshot yet. Make one by POST /backups.");
  if (asked === "latest") return newest;
  const matching = /^[0-9a-f]{8,64}$/.test(asked) ? snapshots.filter(({ id }) => id.startsWith(asked)) : [];
  const [found, ...others] = matching;
  if (found !== undefined && others.length === 0) return found;
  const known = snapshots.slice(0, 5).map(({ id, createdAt }) => `${id.slice(0, 8)} (${createdAt})`);
  throw backupError(
    "backup.unknown-snapshot",
    `${matching.length === 0 ? "No snapshot has" : "Several snapshots begin with"} the id ${asked.slice(0, 80)}; give 8 to 64 of its digits, or "latest". The newest are: ${known.join(", ")}.`,
  );
}

/** Whether a scheduled snapshot was missed: the newest is older than the last time one was due. A home without any has nothing overdue. */
export const isOverdue = (newest: Snapshot | undefined, lastDueAt: Date | undefined): boolean =>
  newest !== undefined && lastDueAt !== undefined && Date.parse(newest.createdAt) < lastDueAt.getTime();

const firstRetryMs = 60_000;
const lastRetryMs = 1_800_000;

/** How long to wait after this many failures in a row. Units: milliseconds. */
export const retryDelayMs = (failures: number): number => Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1));
