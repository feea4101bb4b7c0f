import { nextRun } from "./next-run.ts";
import type { Schedule } from "./schedule.ts";
import { utc, wallTimeAt, type TimeZone } from "./time-zone.ts";

const dayMs = 86_400_000;
const secondMs = 1_000;

/** What a change of the clocks does to a schedule. Shape: `date` as in `2026-03-29`. */
export interface ClockChange {
  date: string;
  effect: "skipped" | "twice";
}

/** When a zone's clocks change. Units: milliseconds since 1970. */
export type ClockChanges = (zone: TimeZone) => readonly number[];

/** The changes within so many days, looked for once in each zone. Units: milliseconds since 1970. */
export function clockChangesWithin(fromMs: number, days: number): ClockChanges {
  const known = new Map<TimeZone, readonly number[]>();
  return (zone) => {
    const changes = known.get(zone) ?? changesOf(zone, fromMs, days);
    known.set(zone, changes);
    return changes;
  };
}

/** The changes at which a schedule by the hour is skipped or comes twice; one for every hour runs through them. */
export function affectedChanges(schedule: Schedule, local: TimeZone, changes: ClockChanges): ClockChange[] {
  if (schedule.kind === "every" || schedule.hour.values.size === 24) return [];
  const zone = schedule.zone ?? local;
  return changes(zone).flatMap((atMs) => {
    const before = zone.offsetAt(atMs - secondMs);
    const after = zone.offsetAt(atMs);
    // In the clock's own time the hours that fall out, or come again, are a stretch that schedule and clock both count in.
    const stretch = { fromMs: atMs + Math.min(before, after), toMs: atMs + Math.max(before, after) };
    const due = nextRun({ ...schedule, zone: utc }, stretch.fromMs - secondMs, utc);
    if (due === undefined || due >= stretch.toMs) return [];
    const { year, month, day } = wallTimeAt(utc, due);
    const date = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
    return [{ date, effect: after > before ? "skipped" : "twice" }] as const;
  });
}

function changesOf(zone: TimeZone, fromMs: number, days: number): number[] {
  const starts = Array.from({ length: days }, (_, day) => fromMs + day * dayMs);
  return starts.filter((start) => zone.offsetAt(start) !== zone.offsetAt(start + dayMs)).map((start) => changeWithin(zone, start, start + dayMs));
}

/** Halves the time until the first second with the later offset is found. */
function changeWithin(zone: TimeZone, startMs: number, endMs: number): number {
  const offset = zone.offsetAt(startMs);
  let low = Math.floor(startMs / secondMs);
  let high = Math.ceil(endMs / secondMs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle * secondMs) === offset) low = middle;
    else high = middle;
  }
  return high * secondMs;
}
