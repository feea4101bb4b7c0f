import type { Finding } from "@freehold/kernel/api/tenant";
import { useState, type ReactNode } from "react";
import { useDiagnosis, useTenantEvents, useTenantLog } from "../../api/tenant-queries.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { eventDetail, eventWords } from "./tenant-words.ts";

export function TenantEvents({ id }: { id: string }) {
  const events = useTenantEvents(id);
  const all = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <section className="tenant-section">
      <h2>Events</h2>
      {events.isError && <ProblemNotice error={events.error} title="The events can't be read now" onRetry={() => void events.refetch()} />}
      {events.isPending && <SkeletonRows count={3} />}
      {all.length > 0 && (
        <ol className="tenant-events">
          {all.map((event) => (
            <li key={event.id}>
              <span>{eventWords(event)}</span>
              <span className="muted">
                <Ago iso={event.at} /> by {event.actor}
                {eventDetail(event) !== "" && ` · ${eventDetail(event)}`}
              </span>
            </li>
          ))}
        </ol>
      )}
      <MoreButton of={events} what="events" />
    </section>
  );
}

/** Looked at when it is opened: both ask the machine, not the database. */
function Opened({ title, children }: { title: string; children: (isOpen: boolean) => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="tenant-section" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {children(isOpen)}
    </details>
  );
}

export const Diagnosis = ({ id }: { id: string }) => <Opened title="What the doctor finds">{(isOpen) => <Findings id={id} isOpen={isOpen} />}</Opened>;

const severityWords: Readonly<Record<Finding["severity"], string>> = { info: "Good to know", warning: "Look at it", critical: "Mend it" };

function Findings({ id, isOpen }: { id: string; isOpen: boolean }) {
  const diagnosis = useDiagnosis(id, isOpen);
  if (!isOpen) return null;
  if (diagnosis.isError) return <ProblemNotice error={diagnosis.error} title="It can't be looked at now" onRetry={() => void diagnosis.refetch()} />;
  if (diagnosis.data === undefined) return <SkeletonRows count={2} />;
  if (diagnosis.data.length === 0) return <p className="muted">Nothing is wrong with its container, network and files.</p>;
  return (
    <ul className="tenant-findings">
      {diagnosis.data.map((finding) => (
        <li key={`${finding.code} ${finding.what}`} className={finding.severity}>
          <strong>
            {severityWords[finding.severity]}: {finding.what}
          </strong>
          <span>{finding.cure}</span>
          <code className="muted">{finding.code}</code>
        </li>
      ))}
    </ul>
  );
}

export const TenantLog = ({ id }: { id: string }) => <Opened title="Log">{(isOpen) => <Log id={id} isOpen={isOpen} />}</Opened>;

function Log({ id, isOpen }: { id: string; isOpen: boolean }) {
  const log = useTenantLog(id, isOpen);
  if (!isOpen) return null;
  if (log.isError) return <ProblemNotice error={log.error} title="The log can't be read now" onRetry={() => void log.refetch()} />;
  if (log.data === undefined) return <SkeletonRows count={2} />;
  if (log.data === "") return <p className="muted">It writes a log while it is awake.</p>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <pre className="output tenant-log" tabIndex={0} role="region" aria-label="Its last 300 lines">
      {log.data}
    </pre>
  );
}
