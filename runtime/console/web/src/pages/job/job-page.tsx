import { useDeferredValue, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../../api/client.ts";
import { hasRepository, useJob, useRepository, type JobRepository } from "../../api/job-queries.ts";
import type { Job } from "../../api/job-types.ts";
import { useMay } from "../../api/queries.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { lazyPart } from "../../parts/lazy-page.tsx";
import { loadMarkdown } from "../../parts/markdown.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { useTitle } from "../title.ts";
import { FollowUp } from "./follow-up.tsx";
import { JobHeader } from "./job-header.tsx";
import { JobLog } from "./job-log.tsx";
import { JobQuestions } from "./job-questions.tsx";

// The log is what a job is opened for; the other tabs come when they are opened.
const JobChanges = lazyPart(async () => (await import("./other-tabs.ts")).JobChanges);
const JobDetails = lazyPart(async () => (await import("./other-tabs.ts")).JobDetails);
const JobEdits = lazyPart(async () => (await import("./other-tabs.ts")).JobEdits);
const JobFiles = lazyPart(async () => (await import("./other-tabs.ts")).JobFiles);

const tabs = [
  { name: "log", label: "Log" },
  { name: "changes", label: "Changes" },
  { name: "files", label: "Files" },
  { name: "details", label: "Details" },
] as const;

type TabName = (typeof tabs)[number]["name"];

const addressOf = (id: string, tab: string) => (tab === "log" ? `/jobs/${id}` : `/jobs/${id}/${tab}`);

export function JobPage({ id, tab }: { id: string; tab: string | undefined }) {
  const job = useJob(id);
  // Drawn in slices when it comes, so that a phone can be touched meanwhile.
  const data = useDeferredValue(job.data);
  const mayOperate = useMay("operator");
  const [, navigate] = useLocation();
  const repository = useRepository(data).data ?? undefined;
  // A schedule's command edits by itself: nobody tells what.
  const shown = tabs.filter(({ name }) => name !== "changes" || (data?.command ?? null) === null);
  const current = shown.find(({ name }) => name === (tab ?? "log"));
  useTitle(data?.title ?? "Job");
  useShortcuts(Object.fromEntries(shown.map(({ name }, index) => [String(index + 1), () => navigate(addressOf(id, name))])));
  useEffect(() => void loadMarkdown(), []);
  if (data === undefined && job.error !== null) return <NoJob error={job.error} onRetry={() => void job.refetch()} />;
  if (data === undefined)
    return (
      <main className="page">
        <h1 className="visually-hidden">Job</h1>
        <SkeletonRows count={4} />
      </main>
    );
  return (
    <main className="page job-page">
      <JobHeader job={data} />
      {job.isError && <ProblemNotice error={job.error} title="This job can't be read anew now" />}
      <JobQuestions job={data} />
      <nav className="tabs" aria-label="This job">
        {shown.map(({ name, label }) => (
          <Link key={name} href={addressOf(id, name)} aria-current={current?.name === name ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Tab name={current?.name ?? "log"} job={data} repository={repository} />
      {mayOperate && <FollowUp job={data} />}
    </main>
  );
}

function Tab({ name, job, repository }: { name: TabName; job: Job; repository: JobRepository | undefined }) {
  if (name === "changes") return <Changes job={job} repository={repository} />;
  if (name === "files") return <JobFiles job={job} />;
  return name === "details" ? <JobDetails job={job} /> : <JobLog job={job} />;
}

function Changes({ job, repository }: { job: Job; repository: JobRepository | undefined }) {
  if (repository !== undefined) return <JobChanges job={job} repository={repository} />;
  return hasRepository(job) ? <SkeletonRows count={3} /> : <JobEdits job={job} />;
}

function NoJob({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const unknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <main className="page">
      <h1 className="visually-hidden">Job</h1>
      {unknown ? (
        <EmptyState title="There is no such job">
          <p>{error.message}</p>
          <Link href="/" className="button">
            All jobs
          </Link>
        </EmptyState>
      ) : (
        <ProblemNotice error={error} title="This job can't be shown now" onRetry={onRetry} />
      )}
    </main>
  );
}
