import { ArrowDown } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { VList, type VListHandle } from "virtua";
import { formatCount } from "../../format.ts";
import type { LogReader, ReaderState } from "../../log/reader.ts";
import type { Row } from "../../log/rows.ts";
import { keyOf, type LogLine } from "../../log/window.ts";
import { LogRow } from "./log-row.tsx";

interface Props {
  reader: LogReader;
  log: ReaderState;
  rows: readonly Row[];
  /** Shown instead of the rows, as they came. */
  lines: readonly LogLine[] | undefined;
  /** Whether a search has picked some of them: then scrolling brings no more. */
  isFiltered: boolean;
  follows: boolean;
  onFollows: (follows: boolean) => void;
}

/** Units: pixels. So near to the end counts as the end. */
const nearEnd = 48;
/** Units: pixels. So near to either end more is fetched. */
const nearEdge = 1_200;

/** Units: rows. As many as a phone shows at first are drawn with the page, in slices; left to the list they would come all at once when it has measured itself. */
const drawnAtFirst = 16;

/** A window onto a log of any length: only what is seen is drawn, and only a stretch around it is held. */
export function LogView({ reader, log, rows, lines, isFiltered, follows, onFollows }: Props) {
  const items: readonly (Row | LogLine)[] = lines ?? rows;
  const count = items.length;
  const isLive = log.stream !== "ended";
  const onNear = (edge: "start" | "end") => {
    if (isFiltered) return;
    if (edge === "start") reader.loadOlder();
    else reader.loadNewer();
  };
  const { list, seen, onScroll, onMeasured } = useFollowing({ count, content: items, follows, onFollows, hasNewer: log.hasNewer, onNear });
  useAnchor({ list, items, isShifted: log.isShifted, isOff: follows || isFiltered });
  const [openings, setOpenings] = useState<ReadonlyMap<number, boolean>>(new Map());
  const toggle = useCallback((key: number, open: boolean) => setOpenings((known) => new Map(known).set(key, open)), []);
  const { keptAtFirst, onResize } = useFirstRows(count, onMeasured);
  const unseen = follows || log.hasNewer ? 0 : Math.max(0, count - seen);
  return (
    <div className="log-window">
      {count === 0 && <p className="log-empty muted">{isLive ? "Nothing written yet." : "Nothing here."}</p>}
      {log.isLoadingOlder && <p className="log-loading muted">Reading earlier lines…</p>}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
      <VList
        ref={list}
        className="log-list"
        tabIndex={0}
        role="region"
        aria-label="Log lines"
        onScroll={onScroll}
        onResize={onResize}
        bufferSize={600}
        {...keptAtFirst}
        shift={log.isShifted}
        data={items}
      >
        {(item) =>
          "end" in item ? (
            <RawLine key={item.end} line={item} />
          ) : (
            <LogRow
              key={keyOf(item)}
              row={item}
              settled={item.kind === "tool" && item.result !== undefined}
              live={isLive}
              open={openings.get(keyOf(item))}
              index={keyOf(item)}
              onToggle={toggle}
            />
          )
        }
      </VList>
      {!follows && count > 0 && (
        <button type="button" className="to-end" onClick={() => onFollows(true)}>
          <ArrowDown aria-hidden="true" />
          {unseen > 0 ? `${formatCount(unseen)} new` : "To the end"}
        </button>
      )}
    </div>
  );
}

/** The rows that are drawn before the list has measured itself; then it knows by itself which ones are in view. */
function useFirstRows(count: number, onMeasured: () => void) {
  const [isMeasured, setIsMeasured] = useState(false);
  const onResize = useCallback(() => {
    setIsMeasured(true);
    onMeasured();
  }, [onMeasured]);
  return { keptAtFirst: isMeasured ? {} : { keepMounted: lastOf(count) }, onResize };
}

const lastOf = (count: number): number[] => Array.from({ length: Math.min(count, drawnAtFirst) }, (_none, back) => count - 1 - back);

const RawLine = ({ line: { text, number } }: { line: LogLine }) => (
  <pre className="raw-line">
    <span className="line-number" aria-hidden="true">
      {number ?? "·"}
    </span>
    {text}
  </pre>
);

interface Following {
  count: number;
  /** Another object whenever something has changed. */
  content: object;
  follows: boolean;
  onFollows: (follows: boolean) => void;
  hasNewer: boolean;
  onNear: (edge: "start" | "end") => void;
}

/** Stays at the end while it follows, lets go when the reader scrolls up, and takes hold again at the end. */
function useFollowing({ count, content, follows, onFollows, hasNewer, onNear }: Following) {
  const list = useRef<VListHandle>(null);
  const [seen, setSeen] = useState(count);
  const last = useRef(0);
  const latest = useRef({ count, follows, hasNewer, onNear });
  useEffect(() => {
    latest.current = { count, follows, hasNewer, onNear };
  });
  useEffect(() => {
    if (follows) setSeen(count);
  }, [count, follows]);
  const scrollToEnd = useCallback(() => {
    const total = latest.current.count;
    if (total > 0) list.current?.scrollToIndex(total - 1, { align: "end" });
  }, []);
  useLayoutEffect(() => {
    latest.current.count = count;
    if (follows) scrollToEnd();
  }, [count, content, follows, scrollToEnd]);
  const onScroll = useCallback(
    (offset: number) => {
      const handle = list.current;
      if (handle === null) return;
      const up = offset < last.current - 1;
      last.current = offset;
      const toEnd = handle.scrollSize - offset - handle.viewportSize;
      const { follows: follows_, hasNewer: hasNewer_, onNear: near } = latest.current;
      if (up && toEnd >= nearEnd && follows_ && userActed()) onFollows(false);
      else if (!up && toEnd < nearEnd && !follows_ && !hasNewer_) onFollows(true);
      if (!latest.current.follows || up) {
        if (offset < nearEdge && up) near("start");
        if (toEnd < nearEdge && !up && hasNewer_) near("end");
      }
    },
    [onFollows],
  );
  const onMeasured = useCallback(() => {
    if (latest.current.follows) scrollToEnd();
  }, [scrollToEnd]);
  return { list, seen, onScroll, onMeasured };
}

interface Anchor {
  list: RefObject<VListHandle | null>;
  items: readonly object[];
  isShifted: boolean;
  isOff: boolean;
}

/**
 * Keeps what a list began with, as the line that was jumped to, at its top until the reader scrolls. The list keeps its place by sizes that it has to guess where rows come
 * before those that were never measured.
 */
function useAnchor({ list, items, isShifted, isOff }: Anchor): void {
  const anchor = useRef<object>(undefined);
  const [beganAt] = useState(() => performance.now());
  useLayoutEffect(() => {
    if (isOff) return;
    anchor.current ??= items[0];
    if (!isShifted || anchor.current === undefined || lastGestureAt > beganAt) return;
    const index = items.indexOf(anchor.current);
    if (index > 0) list.current?.scrollToIndex(index, { align: "start" });
  }, [list, items, isShifted, isOff, beganAt]);
}

/** Units: milliseconds. Sizes that become known move the list too: only a scroll soon after a gesture is the reader's. */
const gestureMs = 1_000;
let lastGestureAt = Number.NEGATIVE_INFINITY;
for (const type of ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"])
  addEventListener(type, (event) => void ((event instanceof PointerEvent && event.buttons === 0) || (lastGestureAt = performance.now())), {
    passive: true,
    capture: true,
  });
const userActed = () => performance.now() - lastGestureAt < gestureMs;
