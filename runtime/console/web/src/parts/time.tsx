import { useEffect, useState } from "react";
import type { Job } from "../api/job-types.ts";
import { formatAgo, formatDuration, formatMoment } from "../format.ts";

/** The time, renewed each so many milliseconds while it matters. */
export function useNow(everyMs: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, running]);
  return now;
}

export function Ago({ iso }: { iso: string }) {
  const now = useNow(20_000);
  return (
    <time dateTime={iso} title={formatMoment(iso)}>
      {formatAgo(iso, now)}
    </time>
  );
}

/** How long a job has run: ticking while it runs, a dash before it began. */
export function Duration({ job }: { job: Pick<Job, "startedAt" | "finishedAt"> }) {
  const running = job.startedAt !== null && job.finishedAt === null;
  const now = useNow(1_000, running);
  if (job.startedAt === null) return <span>–</span>;
  const ms = (job.finishedAt === null ? now : Date.parse(job.finishedAt)) - Date.parse(job.startedAt);
  return <span>{running ? formatDuration(Math.max(0, Math.floor(ms / 1_000) * 1_000)) : formatDuration(ms)}</span>;
}
