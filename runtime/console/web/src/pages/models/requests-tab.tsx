import { Ban, ChevronRight, CircleCheck, CircleX, ScrollText, Unplug, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { useRequests } from "../../api/models-queries.ts";
import { outcomes, type BookedRequest, type Outcome } from "../../api/models-types.ts";
import { formatCompact, formatCost, formatCount, formatDuration, formatMoment } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { ProviderBadge } from "../../parts/state-badge.tsx";
import { Ago } from "../../parts/time.tsx";
import { inputOf } from "./cost-sums.ts";
import { RequestBody } from "./request-body.tsx";

const words: Readonly<Record<Outcome, string>> = { completed: "Completed", failed: "Failed", aborted: "Left", interrupted: "Interrupted" };

export function RequestsTab() {
  const [outcome, setOutcome] = useState<Outcome>();
  const requests = useRequests(outcome);
  const all = requests.data?.pages.flatMap((page) => page.requests) ?? [];
  return (
    <>
      <p className="muted lead">Every call of a model, when it has ended. What was said in it is kept only for keys that ask for it.</p>
      <div className="chips" role="group" aria-label="Show requests by how they ended">
        {[undefined, ...outcomes].map((choice) => (
          <button key={choice ?? "all"} type="button" className="chip" aria-pressed={choice === outcome} onClick={() => setOutcome(choice)}>
            {choice === undefined ? "All" : words[choice]}
          </button>
        ))}
      </div>
      {requests.isError && <ProblemNotice error={requests.error} title="The requests can't be listed now" onRetry={() => void requests.refetch()} />}
      {requests.isPending && <SkeletonRows count={6} />}
      {all.length > 0 && (
        <ul className="jobs requests" aria-busy={requests.isPlaceholderData}>
          {all.map((request) => (
            <RequestItem key={request.id} request={request} />
          ))}
        </ul>
      )}
      {requests.data !== undefined && all.length === 0 && <NoRequests outcome={outcome} />}
      {requests.hasNextPage && (
        <div className="more">
          <button type="button" className="button" disabled={requests.isFetchingNextPage} onClick={() => void requests.fetchNextPage()}>
            {requests.isFetchingNextPage ? "Loading…" : "Show older requests"}
          </button>
        </div>
      )}
    </>
  );
}

function NoRequests({ outcome }: { outcome: Outcome | undefined }) {
  if (outcome === "failed")
    return <EmptyState title="No request has failed">Where every provider fails a call, or refuses it, it stands here with its status.</EmptyState>;
  if (outcome === "aborted")
    return <EmptyState title="No caller has left">Whoever breaks a call off stands here, with what it had cost until then.</EmptyState>;
  if (outcome === "interrupted")
    return <EmptyState title="No request was interrupted">What runs when the gateway itself is killed stands here, with an estimate of its cost.</EmptyState>;
  return (
    <EmptyState title="No requests yet" icon={<ScrollText />}>
      <p>Run a job, point a program here with a key of yours, or ask something yourself.</p>
      <Link href="/models/try" className="button">
        Ask a model
      </Link>
    </EmptyState>
  );
}

const looks: Readonly<Record<Outcome, { icon: LucideIcon; state: string }>> = {
  completed: { icon: CircleCheck, state: "succeeded" },
  failed: { icon: CircleX, state: "failed" },
  aborted: { icon: Ban, state: "cancelled" },
  interrupted: { icon: Unplug, state: "failed" },
};

function RequestItem({ request }: { request: BookedRequest }) {
  const { icon: Icon, state } = looks[request.outcome];
  return (
    <li>
      <details className="request">
        <summary className="job">
          <span className={`state-icon ${state}`} title={words[request.outcome]}>
            <Icon aria-hidden="true" />
            <span className="visually-hidden">{words[request.outcome]}</span>
          </span>
          <span className="job-words">
            <span className="job-title">{request.model ?? "No model named"}</span>
            <span className="job-facts">
              <Ago iso={request.startedAt} />
              <ProviderBadge provider={request.provider} />
              <span>{request.keyName ?? "a key that is gone"}</span>
              {request.outcome === "failed" && <span className="failed-status">status {request.status}</span>}
            </span>
          </span>
          <span className="job-figures">
            <span>
              <span className="visually-hidden">took </span>
              {formatDuration(request.durationMs)}
            </span>
            <span className="muted">
              <span className="visually-hidden">cost </span>
              {costOf(request)}
            </span>
          </span>
          <ChevronRight className="twist" aria-hidden="true" />
        </summary>
        <RequestFacts request={request} />
        <RequestBody id={request.id} />
      </details>
    </li>
  );
}

const costOf = ({ costUsd, provider }: BookedRequest) => (provider === "rehearsal" ? "free" : formatCost(costUsd));

function RequestFacts({ request }: { request: BookedRequest }) {
  return (
    <dl className="facts request-facts">
      <Fact name="Began">{formatMoment(request.startedAt)}</Fact>
      <Fact name="Status">{request.status}</Fact>
      <Fact name="First byte">{request.firstByteMs === null ? "–" : formatDuration(request.firstByteMs)}</Fact>
      <Fact name="Input">{formatCount(inputOf(request))}</Fact>
      <Fact name="Read from cache">{formatCompact(request.cacheReadTokens)}</Fact>
      <Fact name="Written to cache">{formatCompact(request.cacheWriteTokens)}</Fact>
      <Fact name="Output">{formatCount(request.outputTokens)}</Fact>
      <Fact name="Answer">{request.streamed ? "streamed" : "whole"}</Fact>
      {request.jobId !== null && (
        <Fact name="Job">
          <Link href={`/jobs/${request.jobId}`}>{request.jobId.slice(0, 13)}</Link>
        </Fact>
      )}
      <Fact name="Request">
        <code>{request.id}</code>
      </Fact>
      {request.upstreamRequestId !== null && (
        <Fact name="At the provider">
          <code>{request.upstreamRequestId}</code>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
