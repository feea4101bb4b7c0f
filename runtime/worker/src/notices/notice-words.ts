import type { NoticeKind } from "@freehold/kernel/api/notice";
import type { Notice } from "./notice.ts";

export interface NoticeWords {
  title: string;
  text: string;
  /** Path in the console. */
  path: string;
}

const longest = 1_000;

/** What a person reads of a notice: the exact command where one is asked for, the cause where something failed. */
export function wordsOf(notice: Notice): NoticeWords {
  const { title, lines, path } = parts[notice.kind](notice);
  const text = lines.filter((line) => line !== null && line !== undefined && line !== "").join("\n");
  return { title, text: cut(text === "" ? title : text, longest), path };
}

/** By characters, so that none is cut in two. */
export function cut(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join("")}…`;
}

interface Pieces {
  title: string;
  lines: readonly (string | null | undefined)[];
  path: string;
}

const nameOf = ({ job }: Notice) => cut(job?.title ?? "a job", 100);
const jobPath = ({ job }: Notice) => (job === null || job === undefined ? "/jobs" : `/jobs/${job.id}`);
const cause = ({ job }: Notice) => (job?.error === null || job?.error === undefined ? null : `${job.error.code}: ${job.error.message}`);

function facts({ job }: Notice): string {
  const took = Date.parse(job?.finishedAt ?? "") - Date.parse(job?.startedAt ?? "");
  return [
    Number.isNaN(took) ? null : `Took ${duration(took)}`,
    job?.costUsd === null || job?.costUsd === undefined ? null : `cost $${job.costUsd.toFixed(2)}`,
    (job?.attempts ?? 1) > 1 ? `${job?.attempts} attempts` : null,
  ]
    .filter((fact) => fact !== null)
    .join(", ");
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** Shape: `21 Nov 18:05 UTC`. */
function clockTime(at: string | undefined): string {
  const [, day, month, , time] = new Date(at ?? "").toUTCString().split(" ");
  return `${day} ${month} ${time?.slice(0, 5)} UTC`;
}

const parts: Record<NoticeKind | "test", (notice: Notice) => Pieces> = {
  "job.succeeded": (notice) => ({ title: `Done: ${nameOf(notice)}`, lines: [notice.job?.result, facts(notice)], path: jobPath(notice) }),
  "job.failed": (notice) => ({ title: `Failed: ${nameOf(notice)}`, lines: [cause(notice), facts(notice)], path: jobPath(notice) }),
  "job.cancelled": (notice) => ({ title: `Cancelled: ${nameOf(notice)}`, lines: [facts(notice)], path: jobPath(notice) }),
  "approval.requested": (notice) => ({
    title: `May it? ${nameOf(notice)}`,
    lines: [notice.approval?.summary, `Denied unless answered by ${clockTime(notice.approval?.expiresAt)}.`],
    path: "/approvals",
  }),
  "queue.limited": ({ limit }) => ({
    title: "The queue waits for a usage limit",
    lines: [limit?.reason, limit?.until === null || limit?.until === undefined ? null : `It goes on by itself at ${clockTime(limit.until)}.`],
    path: "/jobs",
  }),
  "schedule.failed": (notice) => ({
    title: `Schedule failed: ${cut(notice.schedule?.name ?? "", 100)}`,
    lines: [notice.schedule?.problem === undefined ? cause(notice) : `It paused itself: ${notice.schedule.problem}`, facts(notice)],
    path: notice.job === null || notice.job === undefined ? "/schedules" : jobPath(notice),
  }),
  "schedule.recovered": (notice) => ({
    title: `Schedule works again: ${cut(notice.schedule?.name ?? "", 100)}`,
    lines: [notice.job?.result, facts(notice)],
    path: jobPath(notice),
  }),
  test: () => ({ title: "Test of a channel", lines: ["Notices of this home arrive here."], path: "/notices" }),
};
