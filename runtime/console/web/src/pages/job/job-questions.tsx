import { useApprovals } from "../../api/approval-queries.ts";
import { isRunning, type Job } from "../../api/job-types.ts";
import { lazyPart } from "../../parts/lazy-page.tsx";

const ApprovalCard = lazyPart(async () => (await import("../approvals/approval-card.tsx")).ApprovalCard);

/** What this job asks just now: the run stands still until it is answered. */
export function JobQuestions({ job }: { job: Job }) {
  const waits = isRunning(job) && (job.state === "waiting-for-approval" || job.permissionMode === "ask");
  const questions = useApprovals({ state: "pending", job: job.id }, { enabled: waits, everyMs: 2_000 });
  if (!waits || questions.data === undefined || questions.data.length === 0) return null;
  return (
    <div className="job-questions">
      {questions.data.map((approval) => (
        <ApprovalCard key={approval.id} approval={approval} showsJob={false} />
      ))}
    </div>
  );
}
