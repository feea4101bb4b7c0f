import type { UsageGroup } from "@freehold/kernel/api/usage";
import { ChartColumn } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useUsage } from "../../api/models-queries.ts";
import { groupings, type Grouping } from "../../api/models-types.ts";
import { countOf, formatCompact, formatCost, formatCount } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { ProviderBadge } from "../../parts/state-badge.tsx";
import { useNow } from "../../parts/time.tsx";
import { amountOf, firstDay, inputOf, measures, totalOf, type Measure } from "./cost-sums.ts";
import { DayChart } from "./day-chart.tsx";
import { UsageTable } from "./usage-table.tsx";

const spans = [7, 30, 90, 365] as const;

export function CostTab() {
  const [span, setSpan] = useState<number>(30);
  const from = firstDay(span, useNow(60_000));
  const days = useUsage("day", from);
  const groups = days.data?.groups ?? [];
  const hasRequests = groups.some(({ requests }) => requests > 0);
  return (
    <>
      <div className="tab-header">
        <p className="muted lead">At list prices, cache included. Days are those of UTC, as in budgets.</p>
        <div className="chips" role="group" aria-label="Show the last">
          {spans.map((choice) => (
            <button key={choice} type="button" className="chip" aria-pressed={choice === span} onClick={() => setSpan(choice)}>
              {choice === 365 ? "A year" : `${choice} days`}
            </button>
          ))}
        </div>
      </div>
      {days.isError && <ProblemNotice error={days.error} title="The books can't be read now" onRetry={() => void days.refetch()} />}
      {days.isPending && <SkeletonRows count={5} />}
      {days.data !== undefined && !hasRequests && (
        <EmptyState title="Nothing was asked in this time" icon={<ChartColumn />}>
          <p>Each call of a model is counted here when it ends: by day, model, key and job.</p>
          <Link href="/models/try" className="button">
            Ask a model
          </Link>
        </EmptyState>
      )}
      {hasRequests && <Days groups={groups} />}
      {hasRequests && <Groups from={from} />}
    </>
  );
}

function Days({ groups }: { groups: UsageGroup[] }) {
  const [chosen, setChosen] = useState<Measure>();
  const total = totalOf(groups);
  // A home that only rehearses has no cost to draw.
  const measure = chosen ?? (total.costUsd === 0 ? "requests" : "cost");
  return (
    <section className="card cost-card" aria-label="By day">
      <dl className="facts">
        <Figure name="Cost" value={formatCost(total.costUsd)} />
        <Figure name="Requests" value={formatCount(total.requests)} />
        <Figure name="Input tokens" value={formatCompact(inputOf(total))} />
        <Figure name="Output tokens" value={formatCompact(total.outputTokens)} />
        <Figure name="From the provider's cache" value={inputOf(total) === 0 ? "–" : `${Math.round((total.cacheReadTokens / inputOf(total)) * 100)} %`} />
      </dl>
      <Remarks rehearsed={total.rehearsalRequests} requests={total.requests} unpriced={total.unpricedRequests} />
      <div className="chips" role="group" aria-label="Draw">
        {measures.map(({ name, label }) => (
          <button key={name} type="button" className="chip" aria-pressed={name === measure} onClick={() => setChosen(name)}>
            {label}
          </button>
        ))}
      </div>
      <DayChart days={groups} measure={measure} />
      <details className="more-fields">
        <summary>As a table</summary>
        <UsageTable by="day" groups={groups.filter((group) => amountOf(group, "requests") > 0).toReversed()} label="By day" />
      </details>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Remarks({ rehearsed, requests, unpriced }: { rehearsed: number; requests: number; unpriced: number }) {
  return (
    <>
      {rehearsed > 0 && (
        <p className="muted remark">
          <ProviderBadge provider="rehearsal" />
          <span>
            {rehearsed === requests ? "All" : formatCount(rehearsed)} of the {countOf(requests, "request")} {rehearsed === 1 && requests > 1 ? "was" : "were"}{" "}
            answered by the rehearsal model, which costs nothing.
          </span>
        </p>
      )}
      {unpriced > 0 && <p className="muted">{countOf(unpriced, "request")} went to models without a known price. They are counted, and not in the cost.</p>}
    </>
  );
}

function Groups({ from }: { from: string }) {
  const [by, setBy] = useState<Grouping>("model");
  const usage = useUsage(by, from);
  const label = `By ${by}`;
  return (
    <section className="cost-groups" aria-label="What it went to">
      <div className="chips" role="group" aria-label="Sum up by">
        {groupings.map((choice) => (
          <button key={choice} type="button" className="chip" aria-pressed={choice === by} onClick={() => setBy(choice)}>
            By {choice}
          </button>
        ))}
      </div>
      {usage.isError && <ProblemNotice error={usage.error} title="The books can't be read now" onRetry={() => void usage.refetch()} />}
      {usage.isPending && <SkeletonRows count={3} />}
      {usage.data !== undefined && !usage.isPlaceholderData && usage.data.groups.length > 0 && <UsageTable by={by} groups={usage.data.groups} label={label} />}
      {usage.data?.groups.length === 0 && !usage.isPlaceholderData && <EmptyState title="No job asked a model in this time" />}
    </section>
  );
}
