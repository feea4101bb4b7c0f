import { ArrowDownToLine, Braces, Download, Search } from "lucide-react";
import type { Job } from "../../api/job-types.ts";
import { countOf, formatCount } from "../../format.ts";
import type { StreamState } from "../../log/stream.ts";
import { leaveOnEscape } from "../../shell/shortcuts.ts";

interface Props {
  job: Job;
  attempt: number;
  onAttempt: (number: number) => void;
  state: StreamState;
  lineCount: number;
  raw: boolean;
  onRaw: (raw: boolean) => void;
  follows: boolean;
  onFollows: (follows: boolean) => void;
  wanted: string;
  onWanted: (text: string) => void;
  found: number;
}

const stateWords: Readonly<Record<StreamState, string>> = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…", ended: "Complete" };

export function LogToolbar(props: Props) {
  const { job, attempt, state, lineCount, raw, onRaw, follows, onFollows, wanted, onWanted, found } = props;
  return (
    <div className="log-toolbar">
      <span className={`stream ${state}`} role="status">
        <span className="dot" aria-hidden="true" />
        {stateWords[state]}
      </span>
      <span className={`muted line-count${wanted.trim() === "" ? "" : " found"}`}>
        {wanted.trim() === "" ? countOf(lineCount, "line") : `${formatCount(found)} found`}
      </span>
      {job.attempts.length > 1 && <AttemptChoice {...props} />}
      <span className="spacer" />
      <div className="search-field small">
        <Search aria-hidden="true" />
        <label htmlFor="log-search" className="visually-hidden">
          Search the log
        </label>
        <input id="log-search" type="search" placeholder="Search" value={wanted} onChange={(event) => onWanted(event.target.value)} onKeyDown={leaveOnEscape} />
      </div>
      {state !== "ended" && (
        <button type="button" className="icon-button" aria-pressed={follows} aria-label="Follow the log" title="Follow (f)" onClick={() => onFollows(!follows)}>
          <ArrowDownToLine aria-hidden="true" />
        </button>
      )}
      <button type="button" className="icon-button" aria-pressed={raw} aria-label="Raw log" title="Raw (r)" onClick={() => onRaw(!raw)}>
        <Braces aria-hidden="true" />
      </button>
      <a
        className="icon-button"
        href={`/api/jobs/${job.id}/log.ndjson?attempt=${attempt}`}
        download={`${job.id}-${attempt}.ndjson`}
        aria-label="Download the log"
        title="Download"
      >
        <Download aria-hidden="true" />
      </a>
    </div>
  );
}

function AttemptChoice({ job, attempt, onAttempt }: Pick<Props, "job" | "attempt" | "onAttempt">) {
  return (
    <label className="attempt-choice">
      <span className="visually-hidden">Attempt</span>
      <select value={attempt} onChange={(event) => onAttempt(Number(event.target.value))}>
        {job.attempts.map(({ number, state }) => (
          <option key={number} value={number}>
            Attempt {number}: {state}
          </option>
        ))}
      </select>
    </label>
  );
}
