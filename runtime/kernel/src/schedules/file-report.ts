import { AppError } from "../errors.ts";
import { adviseOn } from "./advice.ts";
import { splitCommand } from "./command-line.ts";
import { clockChangesWithin } from "./clock-changes.ts";
import { CronFileError } from "./cron-file-error.ts";
import { readCronFile, type CronFile, type CronFileJob } from "./cron-file.ts";
import type { Dialect, JobKind } from "./cron-file-keys.ts";
import { titleOf, type Finding } from "./finding.ts";
import { planJob, type JobPlan } from "./job-plan.ts";
import { nextRuns } from "./next-run.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";
import { formatInZone, type TimeZone } from "./time-zone.ts";

export interface JobReport extends JobPlan {
  kind: JobKind;
  name: string;
  line: number;
  schedule: string;
  timeZone: string;
  /** The next three runs; none when it never runs. Shape: ISO 8601 in the schedule's zone. */
  next: string[];
  command: string;
  argv: string[];
  noOverlap: boolean;
  /** What the file sets, by its keys; credentials are not shown. */
  settings: Record<string, unknown>;
}

export interface FileReport {
  /** Whether Ofelia would start with this file and run all of its jobs. */
  ok: boolean;
  global: Record<string, unknown>;
  jobs: JobReport[];
  errors: Finding[];
  warnings: Finding[];
}

export interface ReportContext {
  nowMs: number;
  local: TimeZone;
  replaceContainers: boolean;
  dialect: Dialect;
}

const shownRuns = 3;
/** How far ahead changes of the clocks are warned of. Each zone that has them changes twice within it. */
const adviceDays = 400;

/** What Ofelia understands of a file, what a home makes of it, what is wrong with it, and what its author hardly meant. */
export function reportOn(text: string | Uint8Array, context: ReportContext): FileReport {
  try {
    return reportOnFile(readCronFile(text, context.dialect), context);
  } catch (thrown) {
    if (!(thrown instanceof CronFileError)) throw thrown;
    const { position, message, cure } = thrown;
    return { ok: false, global: {}, jobs: [], errors: [{ position, job: null, message, cure }], warnings: [] };
  }
}

function reportOnFile(file: CronFile, context: ReportContext): FileReport {
  const errors: Finding[] = file.unknown.map((unknown) => ({ ...unknown, job: null }));
  const warnings: Finding[] = file.webhooks.map(({ name, position }) => ({
    position,
    job: null,
    message: `Nothing is sent to the webhook ${JSON.stringify(name)}: sections of that kind are not read.`,
    cure: "Make it a channel of the home, of the kind webhook, slack or ntfy.",
  }));
  const changes = clockChangesWithin(context.nowMs, adviceDays);
  const jobs = file.jobs.map((job) => {
    const schedule = scheduleOf(job, { errors, warnings });
    warnings.push(...adviseOn(job, schedule, { local: context.local, changes, global: file.global }));
    return reportOnJob(job, schedule, { ...context, global: file.global });
  });
  return { ok: errors.length === 0, global: shown(file.global), jobs, errors, warnings };
}

function reportOnJob(job: CronFileJob, schedule: Schedule | undefined, context: ReportContext & Pick<CronFile, "global">): JobReport {
  const { values } = job;
  const zone = (schedule?.kind === "calendar" ? schedule.zone : null) ?? context.local;
  const next = schedule === undefined ? [] : nextRuns(schedule, context.nowMs, { local: context.local, count: shownRuns });
  return {
    kind: job.kind,
    name: job.name,
    line: job.position.line,
    schedule: values.schedule,
    timeZone: zone.name,
    next: next.map((atMs) => formatInZone(zone, atMs)),
    command: values.command,
    argv: splitCommand(values.command),
    noOverlap: values["no-overlap"],
    settings: shown(Object.fromEntries([...job.set.keys()].map((key) => [key, (values as Record<string, unknown>)[key]]))),
    ...planJob(job, schedule, context),
  };
}

function scheduleOf(job: CronFileJob, { errors, warnings }: Pick<FileReport, "errors" | "warnings">): Schedule | undefined {
  const position = job.set.get("schedule")?.position ?? job.position;
  const title = titleOf(job);
  if (job.values.schedule === "") {
    warnings.push({ position, job: title, message: "It has no schedule, and Ofelia drops it without a word.", cure: "Write schedule = …, or remove the job." });
    return undefined;
  }
  try {
    return parseSchedule(job.values.schedule);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    errors.push({ position, job: title, message: String(thrown.details?.["message"]), cure: String(thrown.details?.["cure"]) });
    return undefined;
  }
}

/** Without passwords, and of addresses, which may be as good as one, only whose they are. */
function shown(values: Record<string, unknown>): Record<string, unknown> {
  const cover = (key: string, value: unknown) => {
    if (value === "" || typeof value !== "string") return value;
    if (key === "smtp-password") return "[secret]";
    return key === "slack-webhook" && URL.canParse(value) ? `${new URL(value).origin}/[secret]` : value;
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cover(key, value)]));
}
