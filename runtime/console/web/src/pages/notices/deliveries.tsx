import type { Delivery } from "@freehold/kernel/api/notice";
import { CircleCheck, CircleX, Clock } from "lucide-react";
import { Link } from "wouter";
import { useDeliveries, useRetryDelivery } from "../../api/notice-queries.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { eventWords } from "./channel-draft.ts";

/** What was sent, newest first, with what went wrong. */
export function Deliveries() {
  const deliveries = useDeliveries();
  const all = deliveries.data?.pages.flatMap((page) => page.deliveries) ?? [];
  return (
    <section className="board" aria-label="Deliveries">
      <h2>Deliveries</h2>
      {deliveries.isError && <ProblemNotice error={deliveries.error} title="The deliveries can't be listed now" onRetry={() => void deliveries.refetch()} />}
      {deliveries.isPending && <SkeletonRows count={3} />}
      {deliveries.data !== undefined && all.length === 0 && <p className="muted">Nothing was sent yet.</p>}
      {all.length > 0 && (
        <ul className="jobs">
          {all.map((delivery) => (
            <Item key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      )}
      <MoreButton of={deliveries} what="deliveries" />
    </section>
  );
}

const icons = { delivered: CircleCheck, dead: CircleX, pending: Clock } as const;
const words = { delivered: "delivered", dead: "given up", pending: "on its way" } as const;
const tones = { delivered: "succeeded", dead: "failed", pending: "queued" } as const;

function Item({ delivery }: { delivery: Delivery }) {
  const retry = useRetryDelivery();
  const Icon = icons[delivery.state];
  return (
    <li className="delivery">
      <Icon className={`state-icon ${tones[delivery.state]}`} aria-hidden="true" />
      <div className="job-words">
        <span className="job-title">{delivery.kind === "test" ? "Test" : (eventWords[delivery.kind] ?? delivery.kind)}</span>
        <span className="job-facts">
          <span>
            {words[delivery.state]} to {delivery.channel?.name ?? delivery.target}
          </span>
          <Ago iso={delivery.at} />
          {delivery.attempts > 1 && <span>{delivery.attempts} tries</span>}
          {delivery.jobId !== null && <Link href={`/jobs/${delivery.jobId}`}>the job</Link>}
        </span>
        {delivery.error !== null && <span className="delivery-error">{delivery.error}</span>}
      </div>
      {delivery.state === "dead" && (
        <button type="button" className="button slim" disabled={retry.isPending} onClick={() => retry.mutate(delivery.id)}>
          Send again
        </button>
      )}
    </li>
  );
}
