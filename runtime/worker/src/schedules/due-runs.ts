import type { MissedPolicy } from "@freehold/kernel/api/schedule";
import { nextRun } from "@freehold/kernel/schedules/next-run";
import type { Schedule } from "@freehold/kernel/schedules/schedule";
import type { TimeZone } from "@freehold/kernel/schedules/time-zone";

/** Units: milliseconds since 1970 for times. */
export interface DueInput {
  schedule: Schedule;
  local: TimeZone;
  /** The earliest time that has no run yet. */
  nextDueAtMs: number;
  nowMs: number;
  /** How late the newest time may be and still be on time. */
  graceMs: number;
  missed: MissedPolicy;
  missedLimit: number;
}

export interface DuePlan {
  /** Oldest first. */
  fire: { dueAtMs: number; cause: "schedule" | "catch-up" }[];
  /** The times that get no run. */
  missed: { sinceMs: number; untilMs: number } | null;
  nextDueAtMs: number | null;
}

/** Lateness that comes of looking now and then; within it every time is on time, be there one a second. */
const hiccupMs = 5_000;
const firstWindowMs = 60_000;

/** What is to be done about all times up to now. */
export function planDue(input: DueInput): DuePlan {
  const { nextDueAtMs, nowMs, graceMs, schedule, local } = input;
  // As many as can be on time, those that may be made up for, and one more, which tells whether any was missed.
  const dues = newestDues(input, hiccupMs / 1_000 + 1 + input.missedLimit + 1);
  const newest = dues.at(-1);
  const isOnTime = (dueAtMs: number) => nowMs - dueAtMs <= hiccupMs || (dueAtMs === newest && nowMs - dueAtMs <= graceMs);
  const onTime = dues.filter(isOnTime);
  const late = dues.filter((dueAtMs) => !isOnTime(dueAtMs));
  const caughtUp = late.slice(Math.max(0, late.length - catchUps(input, onTime.length > 0)));
  const dropped = late.slice(0, late.length - caughtUp.length).at(-1);
  return {
    fire: [...caughtUp.map((dueAtMs) => ({ dueAtMs, cause: "catch-up" as const })), ...onTime.map((dueAtMs) => ({ dueAtMs, cause: "schedule" as const }))],
    missed: dropped === undefined ? null : { sinceMs: nextDueAtMs, untilMs: dropped },
    nextDueAtMs: nextRun(schedule, newest ?? nowMs, local) ?? null,
  };
}

/** How many of the late times are made up for at most. One that is on time does for `once` as well. */
function catchUps({ missed, missedLimit }: DueInput, hasOnTime: boolean): number {
  if (missed === "all") return missedLimit;
  return missed === "once" && !hasOnTime ? 1 : 0;
}

/** The newest of the times up to now, oldest first; looked for backwards, since there may be millions of them. */
function newestDues({ schedule, local, nextDueAtMs, nowMs }: DueInput, count: number): number[] {
  if (nextDueAtMs > nowMs) return [];
  if (schedule.kind === "every") {
    const last = nextDueAtMs + Math.floor((nowMs - nextDueAtMs) / schedule.everyMs) * schedule.everyMs;
    const all = Array.from({ length: count }, (_, index) => last - (count - 1 - index) * schedule.everyMs);
    return all.filter((dueAtMs) => dueAtMs >= nextDueAtMs);
  }
  for (let windowMs = firstWindowMs; ; windowMs *= 4) {
    const fromMs = Math.max(nextDueAtMs, nowMs - windowMs);
    const dues: number[] = [];
    for (let due = nextRun(schedule, fromMs - 1_000, local); due !== undefined && due <= nowMs; due = nextRun(schedule, due, local)) {
      dues.push(due);
      if (dues.length > count) dues.shift();
    }
    if (dues.length >= count || fromMs === nextDueAtMs) return dues;
  }
}
