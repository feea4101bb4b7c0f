import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useAnswered, useApprovals } from "../../api/approval-queries.ts";
import type { Approval, ApprovalState } from "../../api/approval-types.ts";
import { formatMoment } from "../../format.ts";
import { viewTool } from "../../log/tools.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { useTitle } from "../title.ts";
import { ApprovalCard, ToolInput } from "./approval-card.tsx";

/** What jobs ask: those that wait first, the answered below. */
export function ApprovalsPage() {
  useTitle("Approvals");
  const pending = useApprovals({ state: "pending" }, { everyMs: 2_000 });
  const answered = useAnswered();
  const known = answered.data?.pages.flatMap((page) => page.approvals) ?? [];
  const waiting = pending.data ?? [];
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Approvals</h1>
          <p className="muted">Jobs that run in the mode “ask” wait here before each tool that is not allowed beforehand. No answer in time is a no.</p>
        </div>
      </header>
      {pending.isError && <ProblemNotice error={pending.error} title="The questions can't be listed now" onRetry={() => void pending.refetch()} />}
      {pending.isPending && <SkeletonRows count={2} />}
      {waiting.map((approval) => (
        <ApprovalCard key={approval.id} approval={approval} showsJob />
      ))}
      {pending.data !== undefined && waiting.length === 0 && <Nothing known={known.length > 0} />}
      {known.length > 0 && <Answered approvals={known} />}
      <MoreButton of={answered} what="answers" />
    </main>
  );
}

function Nothing({ known }: { known: boolean }) {
  return (
    <EmptyState title="No job waits for an answer" icon={<ShieldCheck />}>
      {known ? (
        "The next question appears here by itself."
      ) : (
        <p>
          Give a job the permission mode “Ask me first” and it asks here, with the exact command, before it runs anything. A <Link href="/notices">notice</Link>{" "}
          brings the question to your phone.
        </p>
      )}
    </EmptyState>
  );
}

const words: Readonly<Record<ApprovalState, string>> = {
  pending: "waits",
  allowed: "allowed",
  denied: "denied",
  expired: "not answered in time",
  withdrawn: "withdrawn",
};

function Answered({ approvals }: { approvals: Approval[] }) {
  const [open, setOpen] = useState<string>();
  return (
    <section className="board" aria-label="Answered">
      <h2>Answered</h2>
      <ul className="jobs">
        {approvals.map((approval) => (
          <li key={approval.id}>
            <details className="answered" open={open === approval.id} onToggle={(event) => event.currentTarget.open && setOpen(approval.id)}>
              {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the tool and its input are the label */}
              <summary className="job">
                <span className={`dot ${approval.state}`} aria-hidden="true" />
                <span className="job-words">
                  <span className="job-title">
                    {viewTool({ name: approval.tool, input: approval.input, result: undefined }).label}{" "}
                    <code>{viewTool({ name: approval.tool, input: approval.input, result: undefined }).subject}</code>
                  </span>
                  <span className="job-facts">
                    <span className={`answer-state ${approval.state}`}>{words[approval.state]}</span>
                    {approval.answeredBy !== null && <span>by {approval.answeredBy}</span>}
                    <Ago iso={approval.answeredAt ?? approval.requestedAt} />
                  </span>
                </span>
              </summary>
              <div className="answered-inside">
                <ToolInput tool={approval.tool} input={approval.input} />
                {approval.message !== null && <p>“{approval.message}”</p>}
                <p className="muted">
                  Asked {formatMoment(approval.requestedAt)} by <Link href={`/jobs/${approval.jobId}`}>{approval.jobTitle ?? "its job"}</Link>
                </p>
              </div>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
