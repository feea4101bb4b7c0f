import { randomBytes } from "node:crypto";
import type { ScheduleView } from "@freehold/kernel/api/schedule";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { readCronFile } from "@freehold/kernel/schedules/cron-file";
import { reportOn, type FileReport, type JobReport } from "@freehold/kernel/schedules/file-report";
import { titleOf } from "@freehold/kernel/schedules/finding";
import { planNotices, type NoticeTarget } from "@freehold/kernel/schedules/notice-plan";
import { openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import { AppError } from "@freehold/kernel/errors";
import type { Sealer } from "@freehold/kernel/sealing";
import { fault } from "../errors.ts";
import { newJobId } from "../job-id.ts";
import { importChannels, setScheduleChannels } from "../notices/schedule-channels.ts";
import { scheduleRequest, standardAttempts, type ImportRequest } from "./schedule-request.ts";
import type { ScheduleRow } from "./schedule-rows.ts";
import { insertSchedule, storeTerms, type ScheduleTerms } from "./schedule-store.ts";

export interface Imported {
  report: FileReport;
  /** Empty after a dry run. */
  schedules: ScheduleView[];
}

const standardMissedLimit = 10;

/**
 * Makes schedules of the jobs in an Ofelia file that a home can run, all in one transaction, or only says what would become of them.
 * Throws: AppError `schedule.file-refused` when Ofelia would not start with it, `schedule.name-taken` when a schedule is there already.
 */
export async function importFile(pool: Pool, request: ImportRequest, { nowMs, sealer }: { nowMs: number; sealer: Sealer }): Promise<Imported> {
  const local = openTimeZone(request.timeZone) ?? utc;
  const text = request.text.replace(/^\ufeff/, "");
  const report = reportOn(text, { nowMs, local, replaceContainers: request.replaceContainers, dialect: request.dialect });
  if (!report.ok && !request.dryRun) throw refusedFile(report);
  if (request.dryRun) return { report, schedules: [] };
  const targets = targetsOf(text, request);
  const schedules = await inTransaction(pool, async (client) => {
    const made: ScheduleView[] = [];
    for (const [index, job] of report.jobs.entries()) {
      if (job.work === null) continue;
      const schedule = await store(client, termsOf(job, request), { update: request.update, nowMs });
      await setScheduleChannels(client, schedule.id, await importChannels(client, sealer, targets[index] ?? []));
      made.push(schedule);
    }
    return made;
  });
  return { report, schedules };
}

/** Of each job in order: whom it tells. The report has none of this, since it holds passwords. */
function targetsOf(text: string, { dialect }: ImportRequest): NoticeTarget[][] {
  const file = readCronFile(text, dialect);
  return file.jobs.map(({ values }) => planNotices(values, file.global).targets);
}

function refusedFile({ errors }: FileReport): AppError {
  const { code, status, retryable } = fault("schedule.file-refused", "");
  const told = errors.map(
    ({ position, job, message, cure }) => `line ${position.line}, column ${position.column}: ${job === null ? "" : `${job} `}${message} ${cure}`,
  );
  return new AppError(code, `The file was refused. ${told.join(" ")}`, { status, retryable, details: { errors } });
}

/** A file may have the same name in two kinds of job, which are two jobs. */
const nameOf = ({ kind, name }: JobReport) => `${kind}/${name}`;

/** Throws: AppError `schedule.file-refused` when the job has what no schedule may have. */
function termsOf(job: JobReport, { timeZone, missed }: ImportRequest): ScheduleTerms {
  const { work } = job;
  if (work === null) throw new Error("a refused job has no terms");
  const fields =
    work.kind === "prompt"
      ? { prompt: work.prompt, ...(work.model === undefined ? {} : { model: work.model }) }
      : { command: work.argv, environment: work.environment };
  const checked = scheduleRequest.safeParse({ name: nameOf(job), schedule: job.schedule, timeZone, missed, noOverlap: job.noOverlap, ...fields });
  if (!checked.success)
    throw fault(
      "schedule.file-refused",
      `The file was refused. Line ${job.line}: ${titleOf(job)} ${checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}.`,
    );
  return {
    name: checked.data.name,
    schedule: job.schedule,
    timeZone,
    work,
    maxAttempts: standardAttempts(work),
    timeoutMs: job.timeoutMs,
    noOverlap: job.noOverlap,
    missed,
    missedLimit: standardMissedLimit,
    source: titleOf(job),
  };
}

async function store(client: Client, terms: ScheduleTerms, { update, nowMs }: { update: boolean; nowMs: number }): Promise<ScheduleView> {
  const { rows } = update
    ? await client.query<ScheduleRow>("select * from schedules where name = $1 and source is not null for update", [terms.name])
    : { rows: [] };
  const [row] = rows;
  if (row !== undefined) return storeTerms(client, row, { terms, nowMs });
  return insertSchedule(client, terms, { id: newJobId(nowMs, randomBytes), paused: false, nowMs });
}
