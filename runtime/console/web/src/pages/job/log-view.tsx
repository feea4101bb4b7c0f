import { ArrowDown } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { VList, type VListHandle } from "virtua";
import { formatCount } from "../../format.ts";
import type { Row } from "../../log/rows.ts";
import { LogRow } from "./log-row.tsx";

interface Props {
  rows: readonly Row[];
  /** Shown instead of the rows, as they came. */
  lines: readonly string[] | undefined;
  follows: boolean;
  onFollows: (follows: boolean) => void;
  live: boolean;
}

/** Units: pixels. So near to the end counts as the end. */
const nearEnd = 48;

/** A window onto a log of any length: only what is seen is drawn. */
export function LogView({ rows, lines, follows, onFollows, live }: Props) {
  const items: readonly (Row | string)[] = lines ?? rows;
  const count = items.length;
  const { list, seen, onScroll, toEnd, onMeasured } = useFollowing({ count, content: items, follows, onFollows });
  const [openings, setOpenings] = useState<ReadonlyMap<number, boolean>>(new Map());
  const toggle = useCallback((line: number, open: boolean) => setOpenings((known) => new Map(known).set(line, open)), []);
  const unseen = follows ? 0 : Math.max(0, count - seen);
  return (
    <div className="log-window">
      {count === 0 && <p className="log-empty muted">{live ? "Nothing written yet." : "Nothing here."}</p>}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
      <VList
        ref={list}
        className="log-list"
        tabIndex={0}
        role="region"
        aria-label="Log lines"
        onScroll={onScroll}
        onResize={onMeasured}
        bufferSize={600}
        data={items}
      >
        {(item, index) =>
          typeof item === "string" ? (
            <pre key={index} className="raw-line">
              <span className="line-number" aria-hidden="true">
                {index + 1}
              </span>
              {item}
            </pre>
          ) : (
            <LogRow
              key={index}
              row={item}
              settled={item.kind === "tool" && item.result !== undefined}
              live={live}
              open={openings.get(index)}
              index={index}
              onToggle={toggle}
            />
          )
        }
      </VList>
      {!follows && count > 0 && (
        <button type="button" className="to-end" onClick={toEnd}>
          <ArrowDown aria-hidden="true" />
          {unseen > 0 ? `${formatCount(unseen)} new` : "To the end"}
        </button>
      )}
    </div>
  );
}

interface Following {
  count: number;
  /** Another object whenever something has changed. */
  content: object;
  follows: boolean;
  onFollows: (follows: boolean) => void;
}

/** Stays at the end while it follows, lets go when the reader scrolls up, and takes hold again at the end. */
function useFollowing({ count, content, follows, onFollows }: Following) {
  const list = useRef<VListHandle>(null);
  const [seen, setSeen] = useState(count);
  const last = useRef({ offset: 0, count: 0 });
  const latest = useRef({ count, follows });
  useEffect(() => {
    latest.current = { count, follows };
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
      const up = offset < last.current.offset - 1;
      last.current = { offset, count: latest.current.count };
      const isAtEnd = handle.scrollSize - offset - handle.viewportSize < nearEnd;
      if (isAtEnd && !latest.current.follows && !up) onFollows(true);
      else if (up && !isAtEnd && latest.current.follows && userActed()) onFollows(false);
    },
    [onFollows],
  );
  const onMeasured = useCallback(() => {
    if (latest.current.follows) scrollToEnd();
  }, [scrollToEnd]);
  return { list, seen, onScroll, onMeasured, toEnd: () => onFollows(true) };
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
