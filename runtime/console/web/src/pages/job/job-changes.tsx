import { ChevronRight, GitBranch, GitPullRequestArrow, UploadCloud } from "lucide-react";
import { useMemo, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { isDelivering, useDeliver, useDiff, type JobDiff, type JobRepository } from "../../api/job-queries.ts";
import { isActive, type Delivery, type Job } from "../../api/job-types.ts";
import { useMay } from "../../api/queries.ts";
import { countOf } from "../../format.ts";
import type { DiffLine } from "../../log/diff.ts";
import { readPatch } from "../../log/patch.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FormProblem } from "../../parts/field.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { CredentialField } from "../jobs/credential-field.tsx";
import { DiffView } from "./diff-view.tsx";

/** What a job of a repository has changed against the branch that it began from. */
export function JobChanges({ job, repository }: { job: Job; repository: JobRepository }) {
  const diff = useDiff(job);
  if (diff.isPending) return <SkeletonRows count={3} />;
  if (diff.data === undefined) return <NoDiff error={diff.error} job={job} onRetry={() => void diff.refetch()} />;
  if (diff.data.files.length === 0)
    return (
      <EmptyState title="Nothing changed" icon={<GitBranch />}>
        {isActive(job) ? "What the job changes in the repository appears here by itself." : "The job left the repository as it was."}
      </EmptyState>
    );
  return (
    <div className="details changes">
      <Summary job={job} repository={repository} diff={diff.data} />
      <Delivered repository={repository} />
      <Files diff={diff.data} />
    </div>
  );
}

function NoDiff({ error, job, onRetry }: { error: Error | null; job: Job; onRetry: () => void }) {
  const isNotThere = error instanceof ApiError && (error.status === 404 || error.status === 409);
  if (isNotThere && isActive(job)) return <EmptyState title="Nothing to compare yet">The repository is still being fetched.</EmptyState>;
  return <ProblemNotice error={error ?? new Error("It can't be told what changed.")} title="The changes can't be shown" onRetry={onRetry} />;
}

function Summary({ job, repository, diff }: { job: Job; repository: JobRepository; diff: JobDiff }) {
  const mayOperate = useMay("operator");
  const added = diff.files.reduce((sum, { additions }) => sum + additions, 0);
  const removed = diff.files.reduce((sum, { deletions }) => sum + deletions, 0);
  return (
    <header className="changes-summary">
      <p>
        <GitBranch aria-hidden="true" /> <code>{diff.branch}</code> <span className="muted">against</span>{" "}
        <code>{repository.base?.branch ?? diff.base.slice(0, 8)}</code>
        <span className="tally">
          <span className="added">+{added}</span>
          <span className="removed">−{removed}</span>
        </span>
        <span className="muted">{countOf(diff.files.length, "file")}</span>
      </p>
      {!isActive(job) && mayOperate && <Deliver job={job} repository={repository} />}
    </header>
  );
}

function Deliver({ job, repository }: { job: Job; repository: JobRepository }) {
  const [credential, setCredential] = useState(repository.credential ?? "");
  const deliver = useDeliver(job.id);
  const send = (mode: Delivery) => deliver.mutate({ mode, ...(credential !== "" && { credential }) });
  const busy = deliver.isPending || isDelivering(repository, job);
  return (
    <div className="deliver">
      {!busy && <CredentialField value={credential} onChange={setCredential} />}
      <div className="header-buttons">
        <button type="button" className="button" disabled={busy} onClick={() => send("push")}>
          <UploadCloud aria-hidden="true" />
          Push the branch
        </button>
        <button type="button" className="button" disabled={busy || credential === ""} onClick={() => send("pull-request")}>
          <GitPullRequestArrow aria-hidden="true" />
          {busy ? "Sending…" : "Open a pull request"}
        </button>
      </div>
      <FormProblem error={deliver.error} />
    </div>
  );
}

/** How the work's way back to where it came from ended. */
function Delivered({ repository }: { repository: JobRepository }) {
  const { problem, pullRequestUrl, deliveredCommit, newBranch } = repository;
  if (problem !== null) return <ProblemNotice error={new Error(problem)} title="The work was not delivered" />;
  if (deliveredCommit === null) return null;
  return (
    <p role="status">
      Sent as <code>{newBranch}</code> ({deliveredCommit.slice(0, 8)}).{" "}
      {pullRequestUrl !== null && /^https?:/.test(pullRequestUrl) && (
        <a href={pullRequestUrl} target="_blank" rel="noopener noreferrer">
          {pullRequestUrl}
        </a>
      )}
    </p>
  );
}

/** Beyond so many files they begin closed: a reader chooses. */
const openedAtFirst = 12;

function Files({ diff }: { diff: JobDiff }) {
  const lines = useMemo(() => new Map(readPatch(diff.patch ?? "").map((file) => [file.path, file.lines])), [diff.patch]);
  return (
    <ul className="changed-files">
      {diff.files.map((file, index) => (
        <ChangedFile key={file.path} file={file} lines={lines.get(file.path)} startsOpen={index < openedAtFirst && file.additions + file.deletions < 400} />
      ))}
    </ul>
  );
}

function ChangedFile({ file, lines, startsOpen }: { file: JobDiff["files"][number]; lines: DiffLine[] | undefined; startsOpen: boolean }) {
  const [open, setOpen] = useState(startsOpen);
  return (
    <li>
      <button type="button" className="tool-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight className="chevron" aria-hidden="true" />
        <span className="tag">{file.status}</span>
        <span className="tool-subject">
          {(file.oldPath ?? null) !== null && file.oldPath !== file.path && <>{file.oldPath} → </>}
          {file.path}
        </span>
        <span className="tally">
          {file.additions > 0 && <span className="added">+{file.additions}</span>}
          {file.deletions > 0 && <span className="removed">−{file.deletions}</span>}
        </span>
      </button>
      {open &&
        (file.binary ? (
          <p className="muted">Not text.</p>
        ) : lines === undefined ? (
          <p className="muted">Too large to be shown here; Files has it.</p>
        ) : (
          <DiffView lines={lines} />
        ))}
    </li>
  );
}
