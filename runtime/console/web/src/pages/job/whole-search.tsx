import { X } from "lucide-react";
import { VList } from "virtua";
import { countOf, formatBytes } from "../../format.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { mostFound, useWholeSearch } from "./use-search.ts";

interface Props {
  jobId: string;
  attempt: number;
  wanted: string;
  sizeBytes: number;
  /** Units: bytes. The place of a line that the reader wants to see among its neighbours. */
  onPick: (place: number) => void;
  onClose: () => void;
}

/** The lines of the whole log that have a text, of which each leads to its place. */
export function WholeSearch({ jobId, attempt, wanted, sizeBytes, onPick, onClose }: Props) {
  const { found, problem } = useWholeSearch({ jobId, attempt, text: wanted });
  const lines = found?.lines ?? [];
  const state =
    found?.isDone === true
      ? `${countOf(lines.length, "line")}${found.isCut ? ": the first, there may be more" : ""} with “${wanted}”`
      : `Reading ${formatBytes(found?.readBytes ?? 0)} of ${formatBytes(sizeBytes)}, ${countOf(lines.length, "line")} so far`;
  return (
    <div className="whole-search">
      <p role="status">
        {state}
        <button type="button" className="icon-button" aria-label="Close the search" title="Close" onClick={onClose}>
          <X aria-hidden="true" />
        </button>
      </p>
      {problem !== undefined && <ProblemNotice error={problem} title="The log can't be searched" />}
      {found?.isDone === true && lines.length === 0 ? (
        <p className="log-empty muted">No line of the whole log has it.</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
        <VList className="log-list" tabIndex={0} role="region" aria-label={`Lines found, ${mostFound} at most`} data={lines}>
          {({ text, start }) => (
            <button key={start} type="button" className="found-line" onClick={() => onPick(start)}>
              <Marked text={text} wanted={wanted} />
            </button>
          )}
        </VList>
      )}
    </div>
  );
}

function Marked({ text, wanted }: { text: string; wanted: string }) {
  const at = Math.max(0, text.toLowerCase().indexOf(wanted.trim().toLowerCase()));
  const end = at + wanted.trim().length;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}
