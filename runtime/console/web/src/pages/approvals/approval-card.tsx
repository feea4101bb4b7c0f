import { Check, ShieldQuestion, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useAnswer } from "../../api/approval-queries.ts";
import type { Approval } from "../../api/approval-types.ts";
import { useMay } from "../../api/queries.ts";
import { formatDuration } from "../../format.ts";
import { viewTool } from "../../log/tools.ts";
import { FormProblem } from "../../parts/field.tsx";
import { Ago, useNow } from "../../parts/time.tsx";
import { DiffView } from "../job/diff-view.tsx";

interface Props {
  approval: Approval;
  /** Beside its own job, the link to it is left out. */
  showsJob: boolean;
}

/** A job's question, with exactly what it wants to do, and the two answers. */
export function ApprovalCard({ approval, showsJob }: Props) {
  const { id, tool, jobId, requestedAt } = approval;
  const [message, setMessage] = useState("");
  const answer = useAnswer(id);
  const say = (decision: "allow" | "deny") => answer.mutate({ decision, ...(message.trim() !== "" && { message: message.trim() }) });
  const mayOperate = useMay("operator");
  const busy = answer.isPending || answer.isSuccess;
  return (
    <section className="approval" aria-label={`May it use ${tool}?`}>
      <header>
        <ShieldQuestion aria-hidden="true" />
        <h2>
          May it use <b>{viewTool({ name: tool, input: approval.input, result: undefined }).label}</b>?
        </h2>
        <span className="muted">
          <Ago iso={requestedAt} />
          <TimeLeft approval={approval} />
        </span>
      </header>
      {approval.summary !== "" && <p className="approval-summary">{approval.summary}</p>}
      <ToolInput tool={tool} input={approval.input} />
      {showsJob && (
        <p className="muted">
          Asked by <Link href={`/jobs/${jobId}`}>{approval.jobTitle ?? `job ${jobId.slice(0, 8)}`}</Link>
        </p>
      )}
      <FormProblem error={answer.error} />
      {mayOperate && (
        <div className="approval-answer">
          <label className="visually-hidden" htmlFor={`message-${id}`}>
            A word to the job
          </label>
          <input
            id={`message-${id}`}
            value={message}
            maxLength={1_000}
            placeholder="A word to the job, if you like"
            onChange={(event) => setMessage(event.target.value)}
          />
          <button type="button" className="button" disabled={busy} onClick={() => say("deny")}>
            <X aria-hidden="true" />
            Deny
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => say("allow")}>
            <Check aria-hidden="true" />
            Allow
          </button>
        </div>
      )}
    </section>
  );
}

function TimeLeft({ approval: { expiresAt } }: Pick<Props, "approval">) {
  const now = useNow(1_000, expiresAt !== null);
  if (expiresAt === null) return null;
  const leftMs = Date.parse(expiresAt) - now;
  return <>{leftMs > 0 ? ` · denied by itself in ${formatDuration(Math.ceil(leftMs / 1_000) * 1_000)}` : " · its time is up"}</>;
}

/** The whole of what the tool would get: nothing that is decided on may be cut. */
export function ToolInput({ tool, input }: { tool: string; input: Record<string, unknown> }) {
  const view = viewTool({ name: tool, input, result: undefined });
  const command = input["command"];
  if (view.kind === "command" && typeof command === "string")
    return (
      <>
        <pre className="output command-line approval-input">{command}</pre>
        <Rest input={input} shown={["command", "description"]} />
      </>
    );
  if (view.changes !== undefined)
    return (
      <>
        <p>
          <code>{view.subject}</code>
        </p>
        <div className="approval-input">
          <DiffView lines={view.changes} />
        </div>
      </>
    );
  return <pre className="output approval-input">{JSON.stringify(input, null, 2)}</pre>;
}

function Rest({ input, shown }: { input: Record<string, unknown>; shown: readonly string[] }) {
  const rest = Object.entries(input).filter(([name]) => !shown.includes(name));
  if (rest.length === 0) return null;
  return <pre className="output">{JSON.stringify(Object.fromEntries(rest), null, 2)}</pre>;
}
