import type { Chart, ChartSeries } from "../../api/metrics-queries.ts";
import { formatCompact, formatCost, formatDuration } from "../../format.ts";

/** A value as people say it. */
export function wordsOf(value: number | null, unit: Chart["unit"]): string {
  if (value === null) return "–";
  if (unit === "seconds") return formatDuration(value * 1_000);
  if (unit === "usd") return formatCost(value);
  if (unit === "share") return `${Math.round(value * 100)} %`;
  return formatCompact(Math.round(value * 10) / 10);
}

/** The top of a chart: a round number above its highest value. */
export function topOf(series: readonly ChartSeries[], unit: Chart["unit"]): number {
  if (unit === "share") return 1;
  const highest = Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value ?? 0)));
  if (highest === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5, 10].find((factor) => factor * power >= highest) ?? 10) * power;
}

/** The last value that was measured. */
export const lastOf = ({ points }: ChartSeries): number | null => points.findLast(([, value]) => value !== null)?.[1] ?? null;

/**
 * The lines of a series as SVG has them, broken where nothing was measured; a value that stands alone is a short line.
 * Shape: 100 high, as wide as there are steps.
 */
export function pathOf({ points }: ChartSeries, top: number): string {
  const height = (value: number) => (100 - (Math.min(value, top) / top) * 100).toFixed(2);
  return points
    .map(([, value], index) => {
      if (value === null) return "";
      const isNew = (points[index - 1]?.[1] ?? null) === null;
      const isAlone = isNew && (points[index + 1]?.[1] ?? null) === null;
      return isNew ? `M${isAlone ? index - 0.4 : index} ${height(value)}${isAlone ? `H${index + 0.4}` : ""}` : `L${index} ${height(value)}`;
    })
    .join("");
}
