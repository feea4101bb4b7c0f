import { useState } from "react";
import { useCharts } from "../../api/metrics-queries.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { useTitle } from "../title.ts";
import { AlertList } from "../alert-list.tsx";
import { LineChart } from "./line-chart.tsx";
import "../../styles/metrics.css";

const spans = [
  { hours: 1, label: "last hour" },
  { hours: 24, label: "last day" },
  { hours: 168, label: "last week" },
  { hours: 720, label: "last 30 days" },
] as const;

/** How the home does: what fires, and its figures over time. */
export function MetricsPage() {
  useTitle("Metrics");
  const [hours, setHours] = useState(24);
  const { data, error, isPending, refetch } = useCharts(hours);
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Metrics</h1>
          <p className="muted">Each service is asked four times a minute; figures are kept for 30 days.</p>
        </div>
        <label className="span-choice">
          Show the
          <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {spans.map(({ hours: value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </header>
      <AlertList />
      {error !== null && <ProblemNotice error={error} title="The figures can't be read now" onRetry={() => void refetch()} />}
      {isPending && <SkeletonRows count={4} />}
      {data !== undefined && (
        <div className="charts">
          {data.charts.map((chart) => (
            <LineChart key={chart.name} chart={chart} from={data.from} to={data.to} />
          ))}
        </div>
      )}
    </main>
  );
}
