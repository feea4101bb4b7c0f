const dayMs = 86_400_000;
const daysKept = 4_000;

/** A time as a clock on the wall shows it. Units: months from 1, weekdays from 0 (Sunday). */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
}

/** A time zone. Units: milliseconds, since 1970 for instants. */
export interface TimeZone {
  name: string;
  /** What is added to UTC there at an instant. */
  offsetAt(instantMs: number): number;
}

export const utc: TimeZone = { name: "UTC", offsetAt: () => 0 };

const opened = new Map<string, TimeZone | undefined>([["UTC", utc]]);

/** The zone of that name, as the tz database spells it; undefined when there is none. */
export function openTimeZone(name: string): TimeZone | undefined {
  if (!opened.has(name)) {
    const zone = open(name);
    // Wrong names are without number, and so are not kept.
    if (zone === undefined) return undefined;
    opened.set(name, zone);
  }
  return opened.get(name);
}

function open(name: string): TimeZone | undefined {
  // Intl also takes offsets, and names in any letter case; Ofelia's library takes the names of files.
  if (!/^[A-Za-z][\w+\-/]*$/.test(name) || !/[A-Z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    const { timeZone } = format.resolvedOptions();
    if (timeZone !== name && timeZone.toLowerCase() === name.toLowerCase()) return undefined;
    return { name, offsetAt: cached((instantMs) => offsetIn(format.format(instantMs))) };
  } catch {
    return undefined;
  }
}

/** Shape: `1/30/2026, GMT+01:00`, seconds where a zone of long ago has them. */
function offsetIn(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text) ?? [];
  const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -size : size;
}

/** Asking Intl is slow. No zone changes its offset and changes it back within one day, so a day with one offset at both ends has it throughout. */
function cached(ask: (instantMs: number) => number): (instantMs: number) => number {
  const starts = new Map<number, number>();
  const atStartOf = (day: number) => {
    const known = starts.get(day);
    if (known !== undefined) return known;
    if (starts.size >= daysKept) starts.clear();
    const offset = ask(day * dayMs);
    starts.set(day, offset);
    return offset;
  };
  return (instantMs) => {
    const day = Math.floor(instantMs / dayMs);
    const offset = atStartOf(day);
    return offset === atStartOf(day + 1) ? offset : ask(instantMs);
  };
}

export function wallTimeAt(zone: TimeZone, instantMs: number): WallTime {
  const date = new Date(instantMs + zone.offsetAt(instantMs));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
  };
}

/**
 * The instant at which the clock shows a time; fields beyond their range carry over. A time that comes twice, or never, is taken as Go's
 * `time.Date` takes it. Units: milliseconds since 1970.
 */
export function instantOf(zone: TimeZone, { year, month, day, hour = 0, minute = 0, second = 0 }: WallInput): number {
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  return asUtc - zone.offsetAt(asUtc - zone.offsetAt(asUtc));
}

type WallInput = Pick<WallTime, "year" | "month" | "day"> & Partial<WallTime>;

/** Shape: ISO 8601 with the zone's offset, such as `2026-03-30T02:00:00+02:00`; `Z` in UTC. */
export function formatInZone(zone: TimeZone, instantMs: number): string {
  const offset = zone.offsetAt(instantMs);
  const local = new Date(instantMs + offset).toISOString().replace(/(\.000)?Z$/, "");
  if (offset === 0) return `${local}Z`;
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
