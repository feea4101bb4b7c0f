import { AppError } from "../errors.ts";
import { whiteSpace } from "./cron-file-error.ts";
import { parseDuration } from "./duration.ts";
import { openTimeZone, type TimeZone } from "./time-zone.ts";

/** The numbers that a field allows. */
export interface Field {
  values: ReadonlySet<number>;
  /** Whether it was left open by `*` or `?`, which any step over 1 takes away; it decides how the two fields of days meet. */
  open: boolean;
}

/** A schedule by the calendar. */
export interface CalendarSchedule {
  kind: "calendar";
  /** Null: whatever zone the scheduler is in. */
  zone: TimeZone | null;
  second: Field;
  minute: Field;
  hour: Field;
  dayOfMonth: Field;
  month: Field;
  dayOfWeek: Field;
}

export type Schedule = CalendarSchedule | { kind: "every"; everyMs: number };

interface Bounds {
  name: string;
  min: number;
  max: number;
  names?: Record<string, number>;
}

const numbered = (names: string, first: number) => Object.fromEntries(names.split(" ").map((name, index) => [name, index + first]));
const bounds = {
  second: { name: "second", min: 0, max: 59 },
  minute: { name: "minute", min: 0, max: 59 },
  hour: { name: "hour", min: 0, max: 23 },
  dayOfMonth: { name: "day of the month", min: 1, max: 31 },
  month: { name: "month", min: 1, max: 12, names: numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1) },
  dayOfWeek: { name: "day of the week", min: 0, max: 6, names: numbered("sun mon tue wed thu fri sat", 0) },
} as const satisfies Record<string, Bounds>;

const descriptors: Record<string, string> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};

const outerBlanks = new RegExp(`^[${whiteSpace}]+|[${whiteSpace}]+$`, "g");
const blanks = new RegExp(`[${whiteSpace}]+`);

/**
 * Reads a schedule: five or six cron fields or a descriptor, with or without a zone before it.
 * Throws: AppError `schedule.invalid`. Source: robfig/cron 3.0.1 as Ofelia sets it up, with optional seconds and descriptors.
 */
export function parseSchedule(text: string): Schedule {
  if (text === "") throw refusal("The schedule is empty.", "Write one, such as @daily or 0 3 * * *.");
  const prefix = /^(?:CRON_)?TZ=([^ ]*)( .*)?$/s.exec(text);
  if (prefix === null) return parseTimes(text, null);
  const [, name = "", rest] = prefix;
  if (rest === undefined) throw refusal(`${text} names a time zone and no times.`, "Write them behind a space: TZ=Europe/Zurich 0 3 * * *.");
  return parseTimes(rest.replaceAll(outerBlanks, ""), zoneOf(name));
}

function zoneOf(name: string): TimeZone | null {
  if (name === "Local") return null;
  const zone = openTimeZone(name === "" ? "UTC" : name);
  if (zone === undefined) throw refusal(`There is no time zone ${name}.`, "Write it as the tz database does, such as Europe/Zurich.");
  return zone;
}

function parseTimes(text: string, zone: TimeZone | null): Schedule {
  if (text.startsWith("@every ")) return { kind: "every", everyMs: parseEvery(text.slice("@every ".length)) };
  if (text.startsWith("@") && !Object.hasOwn(descriptors, text))
    throw refusal(`There is no ${JSON.stringify(text)}.`, `Write ${Object.keys(descriptors).join(", ")} or @every and a duration, without blanks around them.`);
  const fields = (Object.hasOwn(descriptors, text) ? (descriptors[text] ?? "") : text).split(blanks).filter((field) => field !== "");
  if (fields.length < 5 || fields.length > 6)
    throw refusal(
      `A schedule has 5 or 6 fields; ${JSON.stringify(text)} has ${fields.length}.`,
      "Write minute, hour, day of the month, month, day of the week, and before them, if you like, the second.",
    );
  const [second = "", minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = fields.length === 5 ? ["0", ...fields] : fields;
  return {
    kind: "calendar",
    zone,
    second: parseField(second, bounds.second),
    minute: parseField(minute, bounds.minute),
    hour: parseField(hour, bounds.hour),
    dayOfMonth: parseField(dayOfMonth, bounds.dayOfMonth),
    month: parseField(month, bounds.month),
    dayOfWeek: parseField(dayOfWeek, bounds.dayOfWeek),
  };
}

/** Whole seconds, and one at least. */
function parseEvery(text: string): number {
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined)
    throw refusal(
      `${JSON.stringify(text)} is no duration.`,
      "Write it without blanks and with its units, such as @every 1h30m; there are h, m, s, ms, us, ns.",
    );
  return Math.max(1, Number(nanoseconds / 1_000_000_000n)) * 1_000;
}

function parseField(text: string, limits: Bounds): Field {
  const values = new Set<number>();
  let open = false;
  for (const item of text.split(",").filter((item) => item !== "")) {
    const range = parseRange(item, limits);
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
    open ||= range.open;
  }
  return { values, open };
}

function parseRange(text: string, limits: Bounds): { first: number; last: number; step: number; open: boolean } {
  const [range = "", step, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreHighs] = range.split("-");
  const isOpen = low === "*" || low === "?";
  if (moreSteps.length > 0 || (moreHighs.length > 0 && !isOpen)) throw badField(text, limits, "has too many parts");
  const first = isOpen ? limits.min : parseNumber(low, text, limits);
  const stated = high === undefined ? first : isOpen ? limits.max : parseNumber(high, text, limits);
  const every = step === undefined ? 1 : parseNumber(step, text, { ...limits, names: {} });
  const last = isOpen || (high === undefined && step !== undefined) ? limits.max : stated;
  if (first < limits.min || last > limits.max) throw badField(text, limits, "is out of range");
  if (first > last) throw badField(text, limits, "goes backwards");
  if (every === 0) throw badField(text, limits, "has a step of 0");
  return { first, last, step: every, open: isOpen && every === 1 };
}

function parseNumber(text: string, item: string, limits: Bounds): number {
  const name = text.toLowerCase();
  if (limits.names !== undefined && Object.hasOwn(limits.names, name)) return limits.names[name] ?? 0;
  if (!/^\+?\d+$/.test(text) || BigInt(text.replace("+", "")) >= 2n ** 63n) throw badField(item, limits, "is no number that fits here");
  return Number(text);
}

const badField = (item: string, { name, min, max, names }: Bounds, what: string) =>
  refusal(
    `${JSON.stringify(item)} as ${name} ${what}.`,
    `Write ${min} to ${max}${names === undefined ? "" : ` or ${Object.keys(names).join(", ")}`}, *, ranges such as ${min}-${max}, and steps such as */2.`,
  );

function refusal(message: string, cure: string): AppError {
  return new AppError("schedule.invalid", `${message} ${cure}`, { status: 400, details: { message, cure } });
}
