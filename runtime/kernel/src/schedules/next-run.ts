import type { CalendarSchedule, Schedule } from "./schedule.ts";
import { instantOf, wallTimeAt, type TimeZone } from "./time-zone.ts";

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** A schedule that names no day within so many years is taken for one that never comes. */
const yearsAhead = 5;

/**
 * The first time after an instant at which a schedule is due; undefined when that is never. Hours pass as they do in truth, so a time that a
 * change of the clocks leaves out is not made up for, and one that it brings twice is due twice.
 * Units: milliseconds since 1970. Source: robfig/cron 3.0.1; croner 11 moves and drops such times instead, so this is our own.
 */
export function nextRun(schedule: Schedule, afterMs: number, local: TimeZone): number | undefined {
  const wholeMs = Math.floor(afterMs / secondMs) * secondMs;
  if (schedule.kind === "every") return wholeMs + schedule.everyMs;
  if (isEmpty(schedule)) return undefined;
  return new Search(schedule, schedule.zone ?? local, wholeMs + secondMs).run();
}

/** The next runs, each counted from the one before. */
export function nextRuns(schedule: Schedule, afterMs: number, { local, count }: { local: TimeZone; count: number }): number[] {
  const runs: number[] = [];
  for (let from: number | undefined = afterMs; runs.length < count;) {
    from = nextRun(schedule, from, local);
    if (from === undefined) return runs;
    runs.push(from);
  }
  return runs;
}

/** A field of commas alone allows nothing. */
const isEmpty = ({ second, minute, hour, dayOfMonth, month, dayOfWeek }: CalendarSchedule) =>
  [second, minute, hour, dayOfMonth, month, dayOfWeek].some(({ values }) => values.size === 0);

class Search {
  readonly #schedule: CalendarSchedule;
  readonly #zone: TimeZone;
  #at: number;
  /** Whether the time was moved, and so all that is smaller stands at its beginning. */
  #moved = false;

  constructor(schedule: CalendarSchedule, zone: TimeZone, fromMs: number) {
    this.#schedule = schedule;
    this.#zone = zone;
    this.#at = fromMs;
  }

  /** Each unit is moved until it fits; one that wraps around begins the search anew, from the largest. */
  run(): number | undefined {
    const lastYear = this.#wall().year + yearsAhead;
    while (this.#wall().year <= lastYear) if (this.#fitMonth() && this.#fitDay() && this.#fitHour() && this.#fitMinute() && this.#fitSecond()) return this.#at;
    return undefined;
  }

  #wall() {
    return wallTimeAt(this.#zone, this.#at);
  }

  #fitMonth(): boolean {
    while (!this.#schedule.month.values.has(this.#wall().month)) {
      const { year, month } = this.#wall();
      if (!this.#moved) this.#at = instantOf(this.#zone, { year, month, day: 1 });
      this.#moved = true;
      this.#addToDate(1, 0);
      if (this.#wall().month === 1) return false;
    }
    return true;
  }

  #fitDay(): boolean {
    while (!this.#dayFits()) {
      const { year, month, day } = this.#wall();
      if (!this.#moved) this.#at = instantOf(this.#zone, { year, month, day });
      this.#moved = true;
      const beforeMs = this.#at;
      this.#addToDate(0, 1);
      // A zone that left out a whole day (Samoa, 30 December 2011) would be asked for that day for ever.
      if (this.#at <= beforeMs) this.#at = beforeMs + dayMs;
      const { hour } = this.#wall();
      // Where a change of the clocks leaves midnight out, the nearest one is gone to.
      if (hour !== 0) this.#at += (hour > 12 ? 24 - hour : -hour) * hourMs;
      if (this.#wall().day === 1) return false;
    }
    return true;
  }

  #dayFits(): boolean {
    const { dayOfMonth, dayOfWeek } = this.#schedule;
    const { day, weekday } = this.#wall();
    const byDate = dayOfMonth.values.has(day);
    const byWeekday = dayOfWeek.values.has(weekday);
    return dayOfMonth.open || dayOfWeek.open ? byDate && byWeekday : byDate || byWeekday;
  }

  #fitHour(): boolean {
    while (!this.#schedule.hour.values.has(this.#wall().hour)) {
      const { year, month, day, hour } = this.#wall();
      if (!this.#moved) this.#at = instantOf(this.#zone, { year, month, day, hour });
      this.#moved = true;
      this.#at += hourMs;
      if (this.#wall().hour === 0) return false;
    }
    return true;
  }

  #fitMinute(): boolean {
    while (!this.#schedule.minute.values.has(this.#wall().minute)) {
      if (!this.#moved) this.#at = Math.floor(this.#at / minuteMs) * minuteMs;
      this.#moved = true;
      this.#at += minuteMs;
      if (this.#wall().minute === 0) return false;
    }
    return true;
  }

  #fitSecond(): boolean {
    while (!this.#schedule.second.values.has(this.#wall().second)) {
      this.#moved = true;
      this.#at += secondMs;
      if (this.#wall().second === 0) return false;
    }
    return true;
  }

  /** By the calendar: the clock shows the same time there, as far as the day has it. */
  #addToDate(months: number, days: number): void {
    const wall = this.#wall();
    this.#at = instantOf(this.#zone, { ...wall, month: wall.month + months, day: wall.day + days });
  }
}
