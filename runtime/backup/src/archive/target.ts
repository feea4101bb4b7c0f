import { backupError } from "../errors.ts";
import { firstTimeline, type ArchivedCluster, type ArchiveInfo, type BaseBackup, type Timeline } from "./info.ts";

/** A moment (Units: milliseconds since 1970), or the last one that the archive reaches. */
export type Target = number | "newest";

export interface RecoveryPlan {
  label: string;
  target: Target;
  timeline: number;
  /** From when on the base backup is consistent. Units: milliseconds since 1970. */
  from: number;
}

/** The newest of the archived clusters that this server's major version can run; what another version left can only come back from dumps. */
export const usableCluster = ({ clusters }: ArchiveInfo, version: string): ArchivedCluster | undefined => {
  const newest = clusters.at(-1);
  return newest?.version === version ? newest : undefined;
};

/** Throws: AppError `backup.bad-target` for a moment that has not come yet. */
export function refuseFuture(target: number, now: number): void {
  if (target > now)
    throw backupError(
      "backup.bad-target",
      `${iso(target)} is in the future: it is ${iso(now)} now. Choose a moment that has passed, as in 2026-11-21T20:15:00Z.`,
    );
}

/**
 * Chooses the base backup and the timeline for a moment as the home lived it: what was undone by an earlier restore stays reachable, and is not mixed in.
 * Throws: AppError `backup.bad-target` that says what is possible.
 */
export function planRecovery(target: Target, backups: readonly BaseBackup[], restored: readonly Timeline[]): RecoveryPlan {
  const timelines = [firstTimeline, ...restored].toSorted((left, right) => left.id - right.id);
  const timeline = timelines.findLast(({ since }) => target === "newest" || since <= target) ?? firstTimeline;
  const line = new Map(timeline.parents.map(({ id, until }) => [id, until]));
  const reaches = (backup: BaseBackup) => {
    const until = line.get(backup.timeline);
    return backup.timeline === timeline.id || (until !== undefined && backup.stopLsn <= until);
  };
  // pgBackRest asks the database's clock when the backup has stopped and rounds down to whole seconds (2.55, backupStop): it stopped before `stoppedAt` + 1 s.
  const ready = (backup: BaseBackup) => target === "newest" || backup.stoppedAt + 1_000 <= target;
  const base = backups
    .filter((backup) => reaches(backup) && ready(backup))
    .toSorted((left, right) => left.stoppedAt - right.stoppedAt)
    .at(-1);
  if (base !== undefined) return { label: base.label, target, timeline: timeline.id, from: base.stoppedAt };
  throw backupError("backup.bad-target", `No base backup leads to ${target === "newest" ? "the newest moment" : iso(target)}. ${possible(backups)}`);
}

function possible(backups: readonly BaseBackup[]): string {
  const oldest = backups.map(({ stoppedAt }) => stoppedAt).toSorted((left, right) => left - right)[0];
  return oldest === undefined
    ? "The archive holds none yet: restore a snapshot by its id."
    : `The oldest possible moment is ${iso(oldest + 1_000)}; for an earlier one restore a snapshot by its id.`;
}

export interface BaseDue {
  /** Of this server's own cluster. */
  backups: readonly BaseBackup[];
  /** The server's. */
  timeline: number;
  now: number;
  fullEveryMs: number;
}

/** An hour, so that a weekly one does not slip to the next day because it began some minutes late. */
const slackMs = 3_600_000;

/** Which kind of base backup comes next. A new timeline begins with a full one: what lies before it may have been undone. */
export function baseDue({ backups, timeline, now, fullEveryMs }: BaseDue): "full" | "diff" {
  const full = backups.filter((backup) => backup.full && backup.timeline === timeline).at(-1);
  return full === undefined || now - full.startedAt > fullEveryMs - slackMs ? "full" : "diff";
}

const iso = (at: number) => new Date(at).toISOString();
