import type { UsageGroup } from "@freehold/kernel/api/usage";
import { useState, type PointerEvent } from "react";
import { formatDay } from "../../format.ts";
import { amountOf, describeAmount, roundedTop, totalOf, type Measure } from "./cost-sums.ts";

const gap = 0.22;

/** A bar per day. What it shows is also a table, for whoever can't see it or wants the numbers. */
export function DayChart({ days, measure }: { days: readonly UsageGroup[]; measure: Measure }) {
  const [pointed, setPointed] = useState<number>();
  const amounts = days.map((day) => amountOf(day, measure));
  const top = roundedTop(Math.max(...amounts));
  const last = days.length - 1;
  const at = Math.min(pointed ?? last, last);
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * days.length))));
  };
  const day = days[at]!;
  return (
    <figure className="day-chart">
      <figcaption>
        <strong>{describeAmount(amountOf(day, measure), measure)}</strong>
        <span className="muted">{at === last ? "today, so far" : formatDay(day.group ?? "")}</span>
        <span className="spacer" />
        <span className="muted">
          <span className="visually-hidden">The top line is </span>
          {describeAmount(top, measure)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${days.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summaryOf(days, measure)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPointed(undefined)}
      >
        {[0, 50].map((y) => (
          <line key={y} className="grid" x1={0} x2={days.length} y1={y} y2={y} />
        ))}
        {amounts.map((amount, index) => (
          <Bar key={days[index]!.group} index={index} height={(amount / top) * 100} isChosen={index === at} />
        ))}
        <line className="base" x1={0} x2={days.length} y1={100} y2={100} />
      </svg>
      <div className="day-labels muted" aria-hidden="true">
        <span>{formatDay(days[0]!.group ?? "")}</span>
        <span>{formatDay(days[Math.floor(last / 2)]!.group ?? "")}</span>
        <span>{formatDay(days[last]!.group ?? "")}</span>
      </div>
    </figure>
  );
}

function Bar({ index, height, isChosen }: { index: number; height: number; isChosen: boolean }) {
  // A day with a little is told from a day with nothing.
  const seen = height === 0 ? 0 : Math.max(1.2, height);
  return <rect className={isChosen ? "bar chosen" : "bar"} x={index + gap / 2} width={1 - gap} y={100 - seen} height={seen} />;
}

function summaryOf(days: readonly UsageGroup[], measure: Measure): string {
  const most = days.reduce((highest, day) => (amountOf(day, measure) > amountOf(highest, measure) ? day : highest));
  const total = describeAmount(amountOf(totalOf(days), measure), measure);
  const span = `${formatDay(days[0]!.group ?? "")} to ${formatDay(days.at(-1)!.group ?? "")}`;
  return `By day, ${span}: ${total} in all, the most on ${formatDay(most.group ?? "")} with ${describeAmount(amountOf(most, measure), measure)}. The table below has each day.`;
}
