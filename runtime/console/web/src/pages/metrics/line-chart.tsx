import type { Chart } from "../../api/metrics-queries.ts";
import { formatMoment } from "../../format.ts";
import { lastOf, pathOf, topOf, wordsOf } from "./chart-words.ts";

/** One chart: its newest values in words, its lines, and all of it as a table for whoever can't see it or wants the numbers. */
export function LineChart({ chart, from, to }: { chart: Chart; from: string; to: string }) {
  const { title, unit, series } = chart;
  const top = topOf(series, unit);
  const steps = Math.max(1, (series[0]?.points.length ?? 2) - 1);
  const measured = series.filter((line) => lastOf(line) !== null);
  return (
    <figure className="line-chart">
      <figcaption>
        <h2>{title}</h2>
        {measured.length === 0 && <span className="muted">Nothing was measured in this time.</span>}
        {measured.map((line) => (
          <span key={line.name} className={`legend line-${series.indexOf(line) % 4}`}>
            {series.length > 1 && `${line.name} `}
            <strong>{wordsOf(lastOf(line), unit)}</strong>
          </span>
        ))}
        <span className="top muted">
          <span className="visually-hidden">The top line is </span>
          {wordsOf(top, unit)}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${steps} 100`} preserveAspectRatio="none" role="img" aria-label={`${title}. The table below has the numbers.`}>
        {[0, 50].map((y) => (
          <line key={y} className="grid" x1={0} x2={steps} y1={y} y2={y} />
        ))}
        {series.map((line, index) => (
          <path key={line.name} className={`line-${index % 4}`} d={pathOf(line, top)} />
        ))}
        <line className="base" x1={0} x2={steps} y1={100} y2={100} />
      </svg>
      <div className="chart-ends muted" aria-hidden="true">
        <span>{formatMoment(from)}</span>
        <span>{formatMoment(to)}</span>
      </div>
      {measured.length > 0 && <Numbers chart={chart} />}
    </figure>
  );
}

function Numbers({ chart: { title, unit, series } }: { chart: Chart }) {
  const times = series[0]?.points.map(([time]) => time) ?? [];
  return (
    <details>
      <summary>
        Numbers<span className="visually-hidden"> of {title}</span>
      </summary>
      {/* It scrolls, so the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="chart-table" tabIndex={0} role="region" aria-label={`Numbers of ${title}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.toReversed().map((time, place) => (
              <tr key={time}>
                <th scope="row">{formatMoment(new Date(time * 1_000).toISOString())}</th>
                {series.map(({ name, points }) => (
                  <td key={name}>{wordsOf(points[times.length - 1 - place]?.[1] ?? null, unit)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
