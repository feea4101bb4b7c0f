import { CircleStop, CopyPlus, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { useCancelJob, useCreateJob, useDeleteJob, useRetryJob } from "../../api/job-queries.ts";
import { isActive, isRunning, type Job } from "../../api/job-types.ts";
import { useMay } from "../../api/queries.ts";
import { Menu } from "../../parts/menu.tsx";
import { Question } from "../../parts/question.tsx";
import { toastDone } from "../../parts/toasts.tsx";

/** What can be done with a job as it stands. */
export function JobActions({ job }: { job: Job }) {
  const [deleting, setDeleting] = useState(false);
  const runAgain = useRunAgain(job);
  const mayOperate = useMay("operator");
  if (!mayOperate) return null;
  if (isActive(job)) return <Cancel job={job} />;
  return (
    <>
      {job.state !== "succeeded" && <Retry job={job} />}
      <Menu
        label="More for this job"
        items={[
          { label: "Run again as a new job", icon: CopyPlus, isDisabled: job.prompt === "", onChoose: runAgain },
          { label: "Delete", icon: Trash2, isDanger: true, onChoose: () => setDeleting(true) },
        ]}
      />
      {deleting && <Delete job={job} onClose={() => setDeleting(false)} />}
    </>
  );
}

function Cancel({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelJob();
  const isCancelling = (job.cancelRequestedAt ?? null) !== null;
  const confirm = () => {
    setAsking(false);
    cancel.mutate(job.id, { onSuccess: () => toastDone("Cancelling", "The container is being stopped, with everything in it.") });
  };
  return (
    <>
      <button type="button" className="button" disabled={isCancelling || cancel.isPending} onClick={() => setAsking(true)}>
        <CircleStop aria-hidden="true" />
        {isCancelling ? "Cancelling…" : "Cancel"}
      </button>
      {asking && (
        <Question title="Cancel this job?" no="Let it run" yes="Cancel the job" onNo={() => setAsking(false)} onYes={confirm}>
          {isRunning(job) ? "It stops at once. What it has written so far stays under Files." : "It waits and will not go on."}
        </Question>
      )}
    </>
  );
}

/** What went wrong is told by a toast already. */
const ignored = () => undefined;

function Retry({ job }: { job: Job }) {
  const retry = useRetryJob(job.id);
  return (
    <button
      type="button"
      className="button"
      disabled={retry.isPending}
      // Told by the promise: the button itself is gone as soon as the job is queued.
      onClick={() => void retry.mutateAsync(undefined).then(() => toastDone("Trying again", "It goes on with its session and its files."), ignored)}
    >
      <RotateCcw aria-hidden="true" />
      Retry
    </button>
  );
}

/** The same once more, from an empty workspace. Files that were sent along stay with the old job. */
function useRunAgain(job: Job): () => void {
  const [, navigate] = useLocation();
  const [key] = useState(() => crypto.randomUUID());
  const create = useCreateJob();
  const wish = {
    prompt: job.prompt,
    title: job.title,
    maxAttempts: job.maxAttempts,
    idempotencyKey: key,
    ...(job.model !== null && { model: job.model }),
    ...(job.permissionMode !== undefined && { permissionMode: job.permissionMode }),
    ...(typeof job.budgetUsd === "number" && { budgetUsd: job.budgetUsd }),
    ...(Array.isArray(job.allowedTools) && { allowedTools: job.allowedTools }),
    ...(Array.isArray(job.disallowedTools) && { disallowedTools: job.disallowedTools }),
  };
  return () =>
    create.mutate(wish, {
      onSuccess: ({ id }) => {
        toastDone("Running it again, as a new job");
        navigate(`/jobs/${id}`);
      },
    });
}

function Delete({ job, onClose }: { job: Job; onClose: () => void }) {
  const [, navigate] = useLocation();
  const remove = useDeleteJob(job.id);
  const confirm = () => {
    onClose();
    void remove.mutateAsync(undefined).then(() => {
      toastDone("Deleted", job.title);
      navigate("/");
    }, ignored);
  };
  return (
    <Question title="Delete this job?" no="Keep it" yes="Delete the job" onNo={onClose} onYes={confirm}>
      Its log and all of its files go with it. Only a backup brings them back.
    </Question>
  );
}
