import { ArrowDownToLine, Braces, Download, Search } from "lucide-react";
import type { Job } from "../../api/job-types.ts";
import { countOf, formatBytes, formatCount } from "../../format.ts";
import type { ReaderState } from "../../log/reader.ts";
import type { StreamState } from "../../log/stream.ts";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import { downloadUrl } from "./use-log.ts";

interface Props {
  job: Job;
  attempt: number;
  onAttempt: (number: number) => void;
  log: ReaderState;
  /** Whether all of the log is here. */
  isWhole: boolean;
  raw: boolean;
  onRaw: (raw: boolean) => void;
  follows: boolean;
  onFollows: (follows: boolean) => void;
  wanted: string;
  onWanted: (text: string) => void;
  /** Looks in what is not here, too. */
  onSearchWhole: () => void;
  found: number;
}

const stateWords: Readonly<Record<StreamState, string>> = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…", ended: "Complete" };

export function LogToolbar(props: Props) {
  const { job, attempt, log, isWhole, raw, onRaw, follows, onFollows, wanted } = props;
  const { stream: state } = log;
  return (
    <div className="log-toolbar">
      <span className={`stream ${state}`} role="status">
        <span className="dot" aria-hidden="true" />
        {stateWords[state]}
      </span>
      <Count {...props} />
      {job.attempts.length > 1 && <AttemptChoice {...props} />}
      <span className="spacer" />
      {!isWhole && wanted.trim() !== "" && (
        <button type="button" className="button slim" onClick={props.onSearchWhole}>
          Whole log
        </button>
      )}
      <SearchField {...props} />
      {(state !== "ended" || log.hasNewer) && (
        <button type="button" className="icon-button" aria-pressed={follows} aria-label="Follow the log" title="Follow (f)" onClick={() => onFollows(!follows)}>
          <ArrowDownToLine aria-hidden="true" />
        </button>
      )}
      <button type="button" className="icon-button" aria-pressed={raw} aria-label="Raw log" title="Raw (r)" onClick={() => onRaw(!raw)}>
        <Braces aria-hidden="true" />
      </button>
      <a className="icon-button" href={downloadUrl(job.id, attempt)} download={`${job.id}-${attempt}.ndjson`} aria-label="Download the log" title="Download">
        <Download aria-hidden="true" />
      </a>
    </div>
  );
}

function Count({ log, isWhole, wanted, found }: Props) {
  if (wanted.trim() !== "")
    return (
      <span className="muted line-count found">
        {formatCount(found)} found{isWhole ? "" : " here"}
      </span>
    );
  return <span className="muted line-count">{isWhole ? countOf(log.lines.length, "line") : formatBytes(log.sizeBytes)}</span>;
}

function SearchField({ isWhole, wanted, onWanted, onSearchWhole }: Props) {
  return (
    <div className="search-field small">
      <Search aria-hidden="true" />
      <label htmlFor="log-search" className="visually-hidden">
        Search the log
      </label>
      <input
        id="log-search"
        type="search"
        placeholder="Search"
        value={wanted}
        onChange={(event) => onWanted(event.target.value)}
        onKeyDown={(event) => {
          leaveOnEscape(event);
          if (event.key === "Enter" && !isWhole && wanted.trim() !== "") onSearchWhole();
        }}
      />
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
