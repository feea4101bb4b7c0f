import { harmless } from "./log-text.ts";
import type { Job } from "./job.ts";

const shownTitle = 60;

/** A list of jobs, one a line. */
export function renderJobs(jobs: readonly Job[], nowMs: number): string {
  if (jobs.length === 0) return 'No job. Run one: npm run freehold -- jobs run "…"';
  const width = Math.max(...jobs.map(({ state }) => state.length));
  return jobs
    .map(({ id, state, createdAt, costUsd, title }) => {
      const name = harmless(title).replaceAll("\n", " ");
      const cost = costUsd === null ? "" : `$${costUsd.toFixed(4)}`;
      return `${id}  ${state.padEnd(width)}  ${ageOf(createdAt, nowMs).padStart(4)}  ${cost.padStart(9)}  ${name.length > shownTitle ? `${name.slice(0, shownTitle - 1)}…` : name}`;
    })
    .join("\n");
}

/** A job in full. */
export function renderJob(job: Job): string {
  const lines: [string, string | null][] = [
    ["Job", job.id],
    ["Title", job.title],
    ["State", job.state],
    ["Model", job.model],
    ["Created", job.createdAt],
    ["Started", job.startedAt],
    ["Finished", job.finishedAt],
    ["Cost", job.costUsd === null ? null : `$${job.costUsd.toFixed(4)}${job.provider === null ? "" : `, answered by ${job.provider}`}`],
    ["Error", job.error === null ? null : `${job.error.code}: ${job.error.message}`],
    ...job.attempts.map(({ number, state, error }): [string, string] => [
      `Attempt ${number}`,
      `${state}${error === null ? "" : `, ${error.code}: ${error.message}`}`,
    ]),
  ];
  const table = lines.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}  ${value}`]));
  return harmless([...table, ...(job.result === null ? [] : ["", job.result])].join("\n"));
}

function ageOf(time: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(time)) / 1_000);
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
