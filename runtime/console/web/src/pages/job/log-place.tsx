import { useEffect, useState } from "react";
import { formatBytes } from "../../format.ts";
import type { ReaderState } from "../../log/reader.ts";

/** Units: milliseconds. So long the slider must rest before the log moves. */
const restMs = 250;

/** Where in a long log the reader is, and the way to any other place of it. */
export function LogPlace({ log, onJump }: { log: ReaderState; onJump: (place: number) => void }) {
  const [held, setHeld] = useState<number>();
  useEffect(() => {
    if (held === undefined) return undefined;
    const timer = setTimeout(() => {
      onJump(held);
      setHeld(undefined);
    }, restMs);
    return () => clearTimeout(timer);
  }, [held, onJump]);
  const percent = (place: number) => `${Math.round((100 * place) / Math.max(1, log.sizeBytes))} %`;
  const place = held ?? log.start;
  return (
    <div className="log-place">
      <label htmlFor="log-place">Place</label>
      <input
        id="log-place"
        type="range"
        min={0}
        max={log.sizeBytes}
        step={Math.max(1, Math.floor(log.sizeBytes / 1_000))}
        value={place}
        aria-valuetext={`${percent(place)} of ${formatBytes(log.sizeBytes)}`}
        onChange={(event) => setHeld(Number(event.target.value))}
      />
      <span className="muted">
        {percent(place)}
        {held === undefined && <>–{percent(log.end)}</>} of {formatBytes(log.sizeBytes)}
      </span>
    </div>
  );
}
