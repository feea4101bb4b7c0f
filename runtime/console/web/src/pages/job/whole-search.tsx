import { X } from "lucide-react";
import { VList } from "virtua";
import { countOf, formatBytes } from "../../format.ts";
import { mostFound } from "../../log/search.ts";
import { useWholeSearch } from "./use-search.ts";

interface Props {
  url: string;
  wanted: string;
  sizeBytes: number;
  /** Units: bytes. The place of a line that the reader wants to see among its neighbours. */
  onPick: (place: number) => void;
  onClose: () => void;
}

/** The lines of the whole log that have a text, of which each leads to its place. */
export function WholeSearch({ url, wanted, sizeBytes, onPick, onClose }: Props) {
  const found = useWholeSearch(url, wanted);
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
      {found?.isDone === true && lines.length === 0 ? (
        <p className="log-empty muted">No line of the whole log has it.</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
        <VList className="log-list" tabIndex={0} role="region" aria-label={`Lines found, ${mostFound} at most`} data={lines}>
          {({ text, end }) => (
            <button key={end} type="button" className="found-line" onClick={() => onPick(end - new TextEncoder().encode(text).length - 1)}>
              <Marked text={text} wanted={wanted} />
            </button>
          )}
        </VList>
      )}
    </div>
  );
}

/** Units: characters around the place that was found. */
const around = 160;

function Marked({ text, wanted }: { text: string; wanted: string }) {
  const at = Math.max(0, text.toLowerCase().indexOf(wanted.toLowerCase()));
  const from = Math.max(0, at - around / 2);
  const to = Math.min(text.length, at + wanted.length + around);
  return (
    <>
      {from > 0 && "…"}
      {text.slice(from, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length, to)}
      {to < text.length && "…"}
    </>
  );
}
