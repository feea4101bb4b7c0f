import { readFile } from "node:fs/promises";
import { messageOf, systemCodeOf } from "../../runtime/kernel/src/errors.ts";
import { runCase, type CaseResult } from "../../runtime/kernel/src/schedules/cases.ts";
import { withoutByteOrderMark } from "../../runtime/kernel/src/schedules/cron-file.ts";
import { dialects } from "../../runtime/kernel/src/schedules/cron-file-keys.ts";
import { reportOn, type FileReport, type JobReport } from "../../runtime/kernel/src/schedules/file-report.ts";
import type { Finding } from "../../runtime/kernel/src/schedules/finding.ts";
import { openTimeZone } from "../../runtime/kernel/src/schedules/time-zone.ts";
import { Failure } from "./failure.ts";

export interface CheckOptions {
  cases?: string;
  json?: true;
  timeZone: string;
  from?: string;
  replaceContainers?: true;
  dialect: string;
}

/** What a check prints, and whether all was well. */
export interface Checked {
  text: string;
  ok: boolean;
}

/** `freehold schedules check`: a cron.ini as Ofelia reads it, or a file of cases. Throws: Failure. */
export async function checkSchedules(path: string | undefined, options: CheckOptions, nowMs: number): Promise<Checked> {
  if ((path === undefined) === (options.cases === undefined))
    throw new Failure("One file is to be checked.", "Name a cron.ini: freehold schedules check cron.ini; or a file of cases: --cases cases.jsonl");
  return path === undefined ? checkCases(options.cases ?? "", options) : checkFile(path, options, nowMs);
}

async function checkFile(path: string, options: CheckOptions, nowMs: number): Promise<Checked> {
  const { json, timeZone, from, replaceContainers } = options;
  const dialect = dialects.find((name) => name === options.dialect);
  if (dialect === undefined) throw new Failure(`There is no dialect ${options.dialect}.`, `There are: ${dialects.join(", ")}.`);
  const local = openTimeZone(timeZone);
  if (local === undefined) throw new Failure(`There is no time zone ${timeZone}.`, "Write it as the tz database does: --time-zone Europe/Zurich");
  const startMs = from === undefined ? nowMs : Date.parse(from);
  if (Number.isNaN(startMs)) throw new Failure(`--from is ${from}, which is no time.`, "Write it as 2026-03-28T12:00:00Z.");
  const bytes = withoutByteOrderMark(await read(path));
  const report = reportOn(bytes, { nowMs: startMs, local, replaceContainers: replaceContainers === true, dialect });
  return { text: json ? JSON.stringify({ file: path, ...report }, null, 2) : renderReport(path, report), ok: report.ok };
}

async function checkCases(path: string, { json }: CheckOptions): Promise<Checked> {
  const lines = (await read(path)).toString("utf8").split("\n");
  const results = lines.flatMap((line, index) => (line.trim() === "" ? [] : [{ line: index + 1, ...caseOf(line) }]));
  if (results.length === 0) throw new Failure(`${path} holds no case.`, "It must have one JSON object a line, with `ini`, `sched`, `dst` or `args`.");
  const failures = results.filter(({ passed }) => !passed);
  const counts = { passed: results.length - failures.length, failed: failures.length };
  const text = json
    ? JSON.stringify({ file: path, ...counts, failures }, null, 2)
    : [...failures.map((failure) => renderCase(path, failure)), `${counts.passed} passed, ${counts.failed} failed`].join("\n");
  return { text, ok: failures.length === 0 };
}

function caseOf(line: string): CaseResult {
  try {
    return runCase(JSON.parse(line));
  } catch (thrown) {
    return { title: "a case that can't be read", passed: false, expected: "one JSON object on the line", found: messageOf(thrown) };
  }
}

const renderCase = (path: string, { line, title, expected, found }: CaseResult & { line: number }) =>
  `FAIL ${path}:${line} ${title}\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`;

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((thrown: unknown) => {
    throw new Failure(`${path} can't be read (${systemCodeOf(thrown) ?? messageOf(thrown)}).`, "Name a file that is there and that you may read.");
  });
}

function renderReport(path: string, { jobs, errors, warnings }: FileReport): string {
  const problems = [...findings(path, "error", errors), ...findings(path, "warning", warnings)];
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return [
    ...jobs.flatMap((job) => renderJob(path, job)),
    ...problems,
    `${plural(jobs.length, "job")}, ${plural(errors.length, "error")}, ${plural(warnings.length, "warning")}`,
  ].join("\n");
}

function renderJob(path: string, job: JobReport): string[] {
  const next = job.next.length > 0 ? `next ${job.next.join(", ")}` : "never runs";
  return [
    `${job.verdict.padEnd(8)} [${job.kind} ${JSON.stringify(job.name)}]  ${job.schedule || "(no schedule)"}  ${next}`,
    `         ${job.argv.length > 0 ? JSON.stringify(job.argv) : "(no command)"}`,
    ...findings(path, "refused", job.refusals),
    ...findings(path, "note", job.notes),
  ];
}

const findings = (path: string, grade: string, list: readonly Finding[]) =>
  list.map(
    ({ position, job, message, cure }) =>
      `${path}:${position.line}:${position.column} ${grade}: ${job === null ? "" : `${job} `}${message}\n  What to do: ${cure}`,
  );
