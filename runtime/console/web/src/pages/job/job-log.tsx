import { useDeferredValue, useMemo, useState } from "react";
import type { Job } from "../../api/job-types.ts";
import { isActive } from "../../api/job-types.ts";
import type { LogReader, ReaderState } from "../../log/reader.ts";
import { searchRows } from "../../log/window.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { LogPlace } from "./log-place.tsx";
import { LogToolbar } from "./log-toolbar.tsx";
import { LogView } from "./log-view.tsx";
import { useLog } from "./use-log.ts";
import { WholeSearch } from "./whole-search.tsx";

/** The log of the newest attempt, or of the one that the reader chose. */
export function JobLog({ job }: { job: Job }) {
  const [chosen, setChosen] = useState<number>();
  const newest = job.attempts.at(-1)?.number;
  const attempt = chosen ?? newest;
  if (attempt === undefined) return <NoLog job={job} />;
  return <AttemptLog key={attempt} job={job} attempt={attempt} onAttempt={(number) => setChosen(number === newest ? undefined : number)} />;
}

function NoLog({ job }: { job: Job }) {
  if (job.state === "waiting-for-limit")
    return (
      <EmptyState title="Waiting for the usage limit">
        It begins by itself when the provider takes calls again. The queue, on the page of all jobs, says when.
      </EmptyState>
    );
  if (isActive(job))
    return <EmptyState title="Waiting for a free place">It begins as soon as one of the jobs before it ends. The log appears here by itself.</EmptyState>;
  return <EmptyState title="This job never ran">It was ended before it began, so there is no log.</EmptyState>;
}

interface AttemptProps {
  job: Job;
  attempt: number;
  onAttempt: (number: number) => void;
}

function AttemptLog(props: AttemptProps) {
  const log = useLog(props.job.id, props.attempt);
  return log === undefined ? <SkeletonRows count={3} /> : <OpenLog {...props} reader={log.reader} log={log.state} />;
}

function OpenLog({ job, attempt, onAttempt, reader, log }: AttemptProps & { reader: LogReader; log: ReaderState }) {
  const [raw, setRaw] = useState(false);
  const [follows, setFollowsState] = useState(true);
  const [wanted, setWanted] = useState("");
  const [searched, setSearched] = useState("");
  const late = useDeferredValue(wanted.trim().toLowerCase());
  // A list without a filter comes at once: after a jump, one that came late would begin with lines above the one that was jumped to.
  const deferred = wanted.trim() === "" ? "" : late;
  const { rows, lines } = log;
  const shownRows = useMemo(() => (deferred === "" ? rows : searchRows(rows, deferred)), [rows, deferred]);
  const shownLines = useMemo(() => (deferred === "" ? lines : lines.filter(({ text }) => text.toLowerCase().includes(deferred))), [lines, deferred]);
  const setFollows = (next: boolean) => {
    setFollowsState(next);
    if (next) reader.toEnd();
    else reader.setFollows(false);
  };
  const jump = (place: number) => {
    setFollowsState(false);
    setSearched("");
    setWanted("");
    reader.jump(place);
  };
  useShortcuts({ r: () => setRaw(!raw), f: () => setFollows(!follows), "/": () => document.getElementById("log-search")?.focus() });
  const isWhole = log.start === 0 && !log.hasNewer;
  return (
    <section className="log" aria-label={`Log of attempt ${attempt}`}>
      <LogToolbar
        job={job}
        attempt={attempt}
        onAttempt={onAttempt}
        log={log}
        isWhole={isWhole}
        raw={raw}
        onRaw={setRaw}
        follows={follows}
        onFollows={setFollows}
        wanted={wanted}
        onWanted={setWanted}
        onSearchWhole={() => setSearched(wanted.trim())}
        found={raw ? shownLines.length : shownRows.length}
      />
      {!isWhole && searched === "" && <LogPlace log={log} onJump={jump} />}
      {searched === "" ? (
        <LogView
          key={`${String(raw)} ${log.epoch} ${deferred}`}
          reader={reader}
          log={log}
          rows={shownRows}
          lines={raw ? shownLines : undefined}
          isFiltered={deferred !== ""}
          follows={follows}
          onFollows={setFollows}
        />
      ) : (
        <WholeSearch jobId={job.id} attempt={attempt} wanted={searched} sizeBytes={log.sizeBytes} onPick={jump} onClose={() => setSearched("")} />
      )}
    </section>
  );
}
