import type { TenantRow } from "./tenant.ts";

export interface AdmissionSettings {
  /** Units: MB; the sum of what awake tenants may take. */
  totalMb: number;
  /** Units: milliseconds. One that was active within this time is not put to sleep for another. */
  evictIdleMs: number;
  /** How many may start at one time: a start is nearly all computing, and OpenClaw gives up one in which a thread of its own needs more than 5 s to come up. */
  startsAtOnce: number;
}

export interface Admission {
  /** May wake now, in this order. */
  admit: TenantRow[];
  /** Fall asleep to make place. */
  evict: TenantRow[];
  /** The one for whom. */
  forWhom: string;
}

const waitingSince = (row: TenantRow) => row.stateAt.getTime();
export const activeAt = (row: TenantRow) => Math.max(row.lastActiveAt?.getTime() ?? 0, row.readyAt?.getTime() ?? 0);
const leaves = (row: TenantRow) => row.state === "falling-asleep" || row.desired !== "awake";
const starts = (row: TenantRow) => row.state === "waking";

/** Died at least twice since it was last ready: its next start may well take as long as a start may, to no end. */
const fails = (row: TenantRow) => row.deaths.filter((at) => row.readyAt === null || at > row.readyAt).length > 1;

/**
 * Who of those that wait may wake, and who makes place for the first that finds none: strictly in the order of their waiting, so that a large
 * one is not passed by small ones for ever. Only those that fail again and again are passed by, while others like them have all places but one.
 * Units: `now` is milliseconds since 1970.
 */
export function planAdmission(rows: readonly TenantRow[], waiting: readonly TenantRow[], { now, ...settings }: AdmissionSettings & { now: number }): Admission {
  const plan: Admission = { admit: [], evict: [], forWhom: "" };
  let free = settings.totalMb - sumOf(rows);
  const starting = rows.filter(starts);
  let places = settings.startsAtOnce - starting.length;
  let placesOfFailing = Math.max(1, settings.startsAtOnce - 1) - starting.filter(fails).length;
  for (const row of waiting.toSorted((left, right) => waitingSince(left) - waitingSince(right) || (left.id < right.id ? -1 : 1))) {
    // Nobody is put to sleep for one that could not start yet.
    if (places <= 0) return plan;
    if (fails(row) && placesOfFailing <= 0) continue;
    if (row.memoryMb <= free) {
      plan.admit.push(row);
      free -= row.memoryMb;
      places -= 1;
      if (fails(row)) placesOfFailing -= 1;
      continue;
    }
    return { ...plan, evict: toEvict(rows, row.memoryMb - free, { now, ...settings }), forWhom: row.id };
  }
  return plan;
}

const sumOf = (rows: readonly TenantRow[]) => rows.reduce((sum, row) => sum + row.reservedMb, 0);

/** The longest idle first, and none at all if all of them together would not do. */
function toEvict(rows: readonly TenantRow[], missingMb: number, { now, evictIdleMs }: AdmissionSettings & { now: number }): TenantRow[] {
  const held = rows.filter((row) => row.reservedMb > 0);
  let missing = missingMb - sumOf(held.filter(leaves));
  const idle = held
    .filter((row) => row.state === "awake" && !leaves(row) && row.idleMinutes > 0 && now - activeAt(row) >= evictIdleMs)
    .toSorted((left, right) => activeAt(left) - activeAt(right));
  const chosen: TenantRow[] = [];
  for (const row of idle) {
    if (missing <= 0) break;
    chosen.push(row);
    missing -= row.reservedMb;
  }
  return missing <= 0 ? chosen : [];
}
