import { useDeferredValue, useMemo, useState } from "react";
import type { Job } from "../../api/job-types.ts";
import { searchRows } from "../../log/store.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { LogToolbar } from "./log-toolbar.tsx";
import { LogView } from "./log-view.tsx";
import { useLog } from "./use-log.ts";

/** The log of the newest attempt, or of the one that the reader chose. */
export function JobLog({ job }: { job: Job }) {
  const [chosen, setChosen] = useState<number>();
  const newest = job.attempts.at(-1)?.number;
  const attempt = chosen ?? newest;
  if (attempt === undefined)
    return (
      <EmptyState title={job.state === "queued" ? "Waiting for a free place" : "This job never ran"}>
        {job.state === "queued"
          ? "It begins as soon as one of the jobs before it ends. The log appears here by itself."
          : "It was ended before it began, so there is no log."}
      </EmptyState>
    );
  return <AttemptLog key={attempt} job={job} attempt={attempt} onAttempt={(number) => setChosen(number === newest ? undefined : number)} />;
}

function AttemptLog({ job, attempt, onAttempt }: { job: Job; attempt: number; onAttempt: (number: number) => void }) {
  const log = useLog(job.id, attempt);
  const [raw, setRaw] = useState(false);
  const [follows, setFollows] = useState(true);
  const [wanted, setWanted] = useState("");
  const deferred = useDeferredValue(wanted.trim().toLowerCase());
  const { rows, lines } = log;
  const shownRows = useMemo(() => (deferred === "" ? rows : searchRows({ rows, lines }, deferred)), [rows, lines, deferred]);
  const shownLines = useMemo(() => (deferred === "" ? lines : lines.filter((line) => line.toLowerCase().includes(deferred))), [lines, deferred]);
  useShortcuts({ r: () => setRaw(!raw), f: () => setFollows(!follows), "/": () => document.getElementById("log-search")?.focus() });
  const found = raw ? shownLines.length : shownRows.length;
  return (
    <section className="log" aria-label={`Log of attempt ${attempt}`}>
      <LogToolbar
        job={job}
        attempt={attempt}
        onAttempt={onAttempt}
        state={log.state}
        lineCount={lines.length}
        raw={raw}
        onRaw={setRaw}
        follows={follows}
        onFollows={setFollows}
        wanted={wanted}
        onWanted={setWanted}
        found={found}
      />
      <LogView
        key={`${String(raw)} ${deferred}`}
        rows={shownRows}
        lines={raw ? shownLines : undefined}
        follows={follows}
        onFollows={setFollows}
        live={log.state !== "ended"}
      />
    </section>
  );
}
