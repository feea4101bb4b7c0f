import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../errors.ts";
import { splitCommand } from "./command-line.ts";
import { CronFileError } from "./cron-file-error.ts";
import type { JobKind } from "./cron-file-keys.ts";
import { readCronFile, type CronFile, type CronFileJob } from "./cron-file.ts";
import { nextRuns } from "./next-run.ts";
import { parseSchedule } from "./schedule.ts";
import { formatInZone, openTimeZone, utc, type TimeZone } from "./time-zone.ts";

/** How one case of a file of cases came out. */
export interface CaseResult {
  /** What was tried. */
  title: string;
  passed: boolean;
  expected: unknown;
  found: unknown;
}

type Fields = Record<string, unknown>;

const never = "0001-01-01T00:00:00Z";
const casesBeginAt = Date.parse("2026-01-30T10:11:12.5Z");
const casesZone = "Europe/Zurich";

/**
 * Runs one case: a file's text with what is read from it or how it is refused, a schedule with its next runs, or a command with its arguments.
 * Shape: `{case, ini, global, jobs}`, `{case, ini, error}`, `{sched, next}`, `{sched, error}`, `{dst, from, next}`, `{args, out}`.
 */
export function runCase(given: unknown): CaseResult {
  const fields: Fields = typeof given === "object" && given !== null ? { ...given } : {};
  const hasOutcome = typeof fields["error"] === "string" || isFilled(fields["next"]) || Array.isArray(fields["out"]) || isFilled(fields["jobs"]);
  if (!hasOutcome) return { title: "a case without an outcome", passed: false, expected: "one of error, next, jobs, out", found: given };
  if (typeof fields["ini"] === "string") return runFile(fields["ini"], fields);
  if (typeof fields["sched"] === "string") return runSchedule(fields["sched"], { from: casesBeginAt, zone: utc, expected: fields });
  if (typeof fields["dst"] === "string" && typeof fields["from"] === "string")
    return runSchedule(`CRON_TZ=${casesZone} ${fields["dst"]}`, { from: Date.parse(fields["from"]), zone: openTimeZone(casesZone) ?? utc, expected: fields });
  if (typeof fields["args"] === "string") return compare(`arguments of ${JSON.stringify(fields["args"])}`, fields["out"], splitCommand(fields["args"]));
  return { title: "a case of no known shape", passed: false, expected: "one of case, sched, dst, args", found: given };
}

const isFilled = (value: unknown) => (Array.isArray(value) ? value.length > 0 : typeof value === "object" && value !== null);

const compare = (title: string, expected: unknown, found: unknown): CaseResult => ({ title, passed: isDeepStrictEqual(expected, found), expected, found });

interface ScheduleCase {
  from: number;
  zone: TimeZone;
  expected: Fields;
}

function runSchedule(text: string, { from, zone, expected }: ScheduleCase): CaseResult {
  const title = `schedule ${JSON.stringify(text)}`;
  const wantsError = typeof expected["error"] === "string";
  try {
    const schedule = parseSchedule(text);
    const count = Array.isArray(expected["next"]) ? expected["next"].length : 3;
    const found = nextRuns(schedule, from, { local: utc, count }).map((atMs) => formatInZone(zone, atMs));
    while (found.length < count) found.push(never);
    return wantsError ? { title, passed: false, expected: `an error: ${String(expected["error"])}`, found } : compare(title, expected["next"], found);
  } catch (thrown) {
    return { title, passed: wantsError, expected: expected["error"] ?? expected["next"], found: messageOf(thrown) };
  }
}

function runFile(text: string, expected: Fields): CaseResult {
  const title = `file "${String(expected["case"])}"`;
  const wanted = typeof expected["error"] === "string" ? errorShape(expected["error"]) : { global: expected["global"], jobs: expected["jobs"] };
  const found = readShape(text);
  return { title, passed: includes(found, wanted), expected: wanted, found };
}

/** Of an error only its class and, for broken syntax, its place can be compared; the wording is each reader's own. */
function errorShape(text: string): Fields {
  if (/^warnings?:/.test(text)) return { error: "warning" };
  const position = /^(\d+:\d+): /.exec(text)?.[1];
  return { error: "fatal", ...(position === undefined ? {} : { position }) };
}

function readShape(text: string): Fields {
  try {
    const file = readCronFile(text);
    return file.unknown.length > 0 ? { error: "warning", messages: file.unknown.map(({ message }) => message) } : fileShape(file);
  } catch (thrown) {
    if (!(thrown instanceof CronFileError)) throw thrown;
    return { error: "fatal", position: `${thrown.position.line}:${thrown.position.column}`, message: thrown.message };
  }
}

/** Whether all that is wanted was found so; the set of jobs must be the same. */
function includes(found: Fields, wanted: Fields): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    if (key !== "jobs" && key !== "global") return isDeepStrictEqual(found[key], value);
    const of = (fields: unknown) => (typeof fields === "object" && fields !== null ? { ...fields } : {}) as Fields;
    if (key === "global") return includesFields(of(found[key]), of(value));
    const names = Object.keys(of(value));
    const foundJobs = of(found[key]);
    return (
      names.length === Object.keys(foundJobs).length &&
      names.every((name) => Object.hasOwn(foundJobs, name) && includesFields(of(foundJobs[name]), of(of(value)[name])))
    );
  });
}

const includesFields = (found: Fields, wanted: Fields) => Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(found[key], value));

const kindNames: Record<JobKind, string> = {
  "job-exec": "exec",
  "job-run": "run",
  "job-local": "local",
  "job-service-run": "service",
  "job-compose": "compose",
};

/** The names that cases give to keys whose own are longer. */
const shortNames: Record<string, string> = {
  "no-overlap": "noOverlap",
  "slack-webhook": "slackWebhook",
  "slack-only-on-error": "slackOnlyOnError",
  "save-folder": "save",
  "save-only-on-error": "saveOnlyOnError",
  "volumes-from": "vf",
  volume: "vol",
  hostname: "host",
  network: "net",
  environment: "env",
};

function fileShape({ global, jobs }: CronFile): Fields {
  return {
    global: { slack: global["slack-webhook"], save: global["save-folder"], smtpPort: global["smtp-port"], mailOnly: global["mail-only-on-error"] },
    jobs: Object.fromEntries(jobs.map((job) => [`${kindNames[job.kind]}/${job.name}`, jobShape(job)])),
  };
}

const jobShape = ({ values }: CronFileJob): Fields => Object.fromEntries(Object.entries(values).map(([key, value]) => [shortNames[key] ?? key, value]));
