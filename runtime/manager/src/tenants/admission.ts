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
  /** Who falls asleep to make place, and the id of the one for whom. */
  evict: { row: TenantRow; forWhom: string }[];
}

const waitingSince = (row: TenantRow) => row.stateAt.getTime();
export const activeAt = (row: TenantRow) => Math.max(row.lastActiveAt?.getTime() ?? 0, row.readyAt?.getTime() ?? 0);
const leaves = (row: TenantRow) => row.state === "falling-asleep" || row.desired !== "awake";
const starts = (row: TenantRow) => row.state === "waking";

/** Died at least twice since it was last ready: its next start may well take as long as a start may, to no end. */
const fails = (row: TenantRow) => row.deaths.filter((at) => row.readyAt === null || at > row.readyAt).length > 1;

/**
 * Who of those that wait may wake, and who makes place for those that find none and could start: strictly in the order of their waiting, so that a large
 * one is not passed by small ones for ever. Only those that fail again and again are passed by, while others like them have all places but one.
 * Units: `now` is milliseconds since 1970.
 */
export function planAdmission(rows: readonly TenantRow[], waiting: readonly TenantRow[], settings: AdmissionSettings & { now: number }): Admission {
  const plan: Admission = { admit: [], evict: [] };
  let free = settings.totalMb - sumOf(rows);
  // What is missing for those that found no place, beyond what becomes free anyhow.
  let missing: number | undefined;
  const idle = longestIdle(rows, settings);
  const starting = rows.filter(starts);
  let places = settings.startsAtOnce - starting.length;
  let placesOfFailing = Math.max(1, settings.startsAtOnce - 1) - starting.filter(fails).length;
  for (const row of waiting.toSorted((left, right) => waitingSince(left) - waitingSince(right) || (left.id < right.id ? -1 : 1))) {
    // Nobody is put to sleep for one that could not start yet.
    if (places <= 0) return plan;
    if (fails(row) && placesOfFailing <= 0) continue;
    if (missing === undefined && row.memoryMb <= free) {
      plan.admit.push(row);
      free -= row.memoryMb;
    } else {
      missing = (missing ?? -free - sumOf(rows.filter((other) => other.reservedMb > 0 && leaves(other)))) + row.memoryMb;
      const chosen = takeUntil(idle, missing);
      // If all of them together would not do, none of them goes.
      if (chosen === undefined) return plan;
      plan.evict.push(...chosen.map((one) => ({ row: one, forWhom: row.id })));
      missing -= sumOf(chosen);
    }
    places -= 1;
    if (fails(row)) placesOfFailing -= 1;
  }
  return plan;
}

const sumOf = (rows: readonly TenantRow[]) => rows.reduce((sum, row) => sum + row.reservedMb, 0);

/** Those that may be put to sleep for others. */
const longestIdle = (rows: readonly TenantRow[], { now, evictIdleMs }: AdmissionSettings & { now: number }): TenantRow[] =>
  rows
    .filter((row) => row.reservedMb > 0 && row.state === "awake" && !leaves(row) && row.idleMinutes > 0 && now - activeAt(row) >= evictIdleMs)
    .toSorted((left, right) => activeAt(left) - activeAt(right));

/** Takes as many off the front as hold so much memory. Units: MB. Returns undefined where all of them hold less. */
function takeUntil(idle: TenantRow[], missingMb: number): TenantRow[] | undefined {
  let missing = missingMb;
  const count = missing <= 0 ? 0 : idle.findIndex(({ reservedMb }) => (missing -= reservedMb) <= 0) + 1;
  return missing <= 0 ? idle.splice(0, count) : undefined;
}
