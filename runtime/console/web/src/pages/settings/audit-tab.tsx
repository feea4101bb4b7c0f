import { Ban, ChevronRight, CircleCheck, CircleDashed, CircleX, ScrollText, Search, type LucideIcon } from "lucide-react";
import { useDeferredValue, useRef, useState, type ReactNode } from "react";
import { useAuditLog } from "../../api/account-queries.ts";
import { auditOutcomes, type AuditEntry, type AuditOutcome } from "../../api/account-types.ts";
import { formatDuration, formatMoment } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { leaveOnEscape, useShortcuts } from "../../shell/shortcuts.ts";
import { wordsOf, whoOf } from "./audit-words.ts";

const outcomeWords: Readonly<Record<AuditOutcome, string>> = { done: "Done", refused: "Refused", failed: "Failed", aborted: "Left" };

export function AuditTab() {
  const [search, setSearch] = useState("");
  const [outcome, setOutcome] = useState<AuditOutcome>();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ "/": () => field.current?.focus() });
  const log = useAuditLog(useDeferredValue(search.trim()), outcome);
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <p className="muted lead">Every change, every sign-in and every refusal: who, when, from where, and how it ended. Nobody can alter it from here.</p>
      <div className="filters">
        <div className="chips" role="group" aria-label="Show entries by how they ended">
          {[undefined, ...auditOutcomes].map((choice) => (
            <button key={choice ?? "all"} type="button" className="chip" aria-pressed={choice === outcome} onClick={() => setOutcome(choice)}>
              {choice === undefined ? "All" : outcomeWords[choice]}
            </button>
          ))}
        </div>
        <label className="search-field">
          <Search aria-hidden="true" />
          <input
            ref={field}
            type="search"
            aria-label="Search the audit log"
            placeholder="Name, action, address"
            maxLength={200}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={leaveOnEscape}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      {log.isError && <ProblemNotice error={log.error} title="The audit log can't be read now" onRetry={() => void log.refetch()} />}
      {log.isPending && <SkeletonRows count={6} />}
      {entries.length > 0 && (
        <ul className="jobs" aria-label="Audit log" aria-busy={log.isPlaceholderData}>
          {entries.map((entry) => (
            <EntryItem key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {log.data !== undefined && entries.length === 0 && (
        <EmptyState title="Nothing here" icon={<ScrollText />}>
          {search === "" && outcome === undefined ? "What is changed from now on stands here." : "No entry has all of these words and ended so."}
        </EmptyState>
      )}
      {log.hasNextPage && (
        <div className="more">
          <button type="button" className="button" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Show older entries
          </button>
        </div>
      )}
    </>
  );
}

const icons: Readonly<Record<AuditOutcome, { icon: LucideIcon; look: string }>> = {
  done: { icon: CircleCheck, look: "succeeded" },
  refused: { icon: Ban, look: "refused" },
  failed: { icon: CircleX, look: "failed" },
  aborted: { icon: CircleDashed, look: "" },
};

function EntryItem({ entry }: { entry: AuditEntry }) {
  const { icon: Icon, look } = entry.outcome === null ? { icon: CircleDashed, look: "" } : icons[entry.outcome];
  const outcome = entry.outcome === null ? "How it ended is not known" : outcomeWords[entry.outcome];
  return (
    <li>
      <details className="request audit-entry">
        <summary className="job">
          <span className={`state-icon ${look}`} title={outcome}>
            <Icon aria-hidden="true" />
            <span className="visually-hidden">{outcome}</span>
          </span>
          <span className="job-words">
            <span className="job-title">{wordsOf(entry)}</span>
            <span className="job-facts">
              <span>{whoOf(entry)}</span>
              <Ago iso={entry.at} />
              <span>{entry.address}</span>
            </span>
          </span>
          <span className="job-figures">{entry.status ?? "–"}</span>
          <ChevronRight className="twist" aria-hidden="true" />
        </summary>
        <dl className="facts request-facts">
          <Fact name="When">{formatMoment(entry.at)}</Fact>
          <Fact name="Who">{whoOf(entry)}</Fact>
          <Fact name="Action">
            <code>{entry.action}</code>
          </Fact>
          <Fact name="Address in the API">
            <code>{entry.target}</code>
          </Fact>
          {entry.detail !== null && <Fact name="What">{entry.detail}</Fact>}
          <Fact name="From">{entry.address}</Fact>
          <Fact name="Ended">
            {outcome}
            {entry.status !== null && `, status ${entry.status}`}
            {entry.durationMs !== null && `, after ${formatDuration(entry.durationMs)}`}
          </Fact>
          <Fact name="Request">
            <code>{entry.requestId}</code>
          </Fact>
        </dl>
      </details>
    </li>
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
