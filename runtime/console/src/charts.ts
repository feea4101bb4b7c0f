import type { Dispatcher } from "undici";
import { AppError, messageOf } from "@freehold/kernel/errors";

/** What one line of a chart shows. Shape: PromQL; a label's values become lines of their own. */
interface Line {
  name: string;
  query: string;
  by?: string;
}

interface Chart {
  name: string;
  title: string;
  unit: "jobs" | "seconds" | "usd" | "share" | "requests";
  lines: readonly Line[];
}

const share = (good: string, all: string) => `${good} / (${all} > 0)`;
const quantile = (of: number, metric: string) => `histogram_quantile(${of}, sum by (le) (increase(${metric}_bucket[$step])))`;

/** Every chart that there is: viewers choose one by its name and never say what is asked. `$step` is the time between two points. */
export const charts: readonly Chart[] = [
  {
    name: "active",
    title: "Jobs at work",
    unit: "jobs",
    lines: [
      { name: "running", query: 'max(freehold_jobs{state="running"})' },
      { name: "waiting for an approval", query: 'max(freehold_jobs{state="waiting-for-approval"})' },
    ],
  },
  { name: "queue", title: "Jobs that wait", unit: "jobs", lines: [{ name: "queued", query: "max(freehold_queue_depth)" }] },
  { name: "queue-age", title: "How long the oldest has waited", unit: "seconds", lines: [{ name: "oldest", query: "max(freehold_queue_age_seconds)" }] },
  {
    name: "success",
    title: "Jobs that succeeded, of those that ended",
    unit: "share",
    lines: [
      {
        name: "succeeded",
        query: share(
          'sum(increase(freehold_jobs_ended_total{state="succeeded"}[$step]))',
          'sum(increase(freehold_jobs_ended_total{state!="cancelled"}[$step]))',
        ),
      },
    ],
  },
  {
    name: "duration",
    title: "How long an attempt takes",
    unit: "seconds",
    lines: [
      { name: "half of them", query: quantile(0.5, "freehold_attempt_seconds") },
      { name: "95 of 100", query: quantile(0.95, "freehold_attempt_seconds") },
    ],
  },
  {
    name: "cost",
    title: "Cost of models, at list price",
    unit: "usd",
    lines: [{ name: "cost", query: "sum by (provider) (increase(gateway_cost_usd_total[$step]))", by: "provider" }],
  },
  {
    name: "first-byte",
    title: "Time until a model begins to answer",
    unit: "seconds",
    lines: [
      { name: "half of them", query: quantile(0.5, "gateway_first_byte_seconds") },
      { name: "95 of 100", query: quantile(0.95, "gateway_first_byte_seconds") },
    ],
  },
  {
    name: "errors",
    title: "Requests to models that failed",
    unit: "requests",
    lines: [{ name: "failed", query: 'sum by (provider) (increase(gateway_requests_total{outcome="failed"}[$step]))', by: "provider" }],
  },
];

export interface ChartAnswer {
  name: string;
  title: string;
  unit: Chart["unit"];
  /** Shape: seconds since 1970, and null where nothing was measured. */
  series: { name: string; points: [number, number | null][] }[];
}

/** An alert that fires, or soon will. */
export interface Alert {
  name: string;
  severity: string;
  state: "pending" | "firing";
  summary: string;
  description: string;
  since: string;
}

export interface MetricsStore {
  readCharts(hours: number, nowMs: number): Promise<{ from: string; to: string; stepSeconds: number; charts: ChartAnswer[] }>;
  readAlerts(): Promise<Alert[]>;
}

const shownPoints = 60;
/** A shorter step would have gaps: figures are asked for each 15 seconds. */
const shortestStepSeconds = 60;
const answerWithinMs = 10_000;

/** Asks VictoriaMetrics. Throws: AppError `metrics.away`. */
export function createMetricsStore(connections: Dispatcher, url: string): MetricsStore {
  const ask = async (path: string) => {
    try {
      const { statusCode, body } = await connections.request({ origin: url, path, method: "GET", signal: AbortSignal.timeout(answerWithinMs) });
      const answer = (await body.json()) as { status?: string; error?: string; data?: unknown };
      if (statusCode !== 200 || answer.status !== "success") throw new Error(answer.error ?? `it answered ${statusCode}`);
      return answer.data;
    } catch (cause) {
      throw away(url, cause);
    }
  };
  return {
    async readCharts(hours, nowMs) {
      const stepSeconds = Math.max(shortestStepSeconds, Math.ceil((hours * 3_600) / shownPoints));
      // Points at round times stay where they are from one look to the next; the last one is of the step that is not over yet.
      const to = Math.ceil(nowMs / 1_000 / stepSeconds) * stepSeconds;
      const steps = Math.ceil((hours * 3_600) / stepSeconds);
      const from = to - steps * stepSeconds;
      const times = Array.from({ length: steps + 1 }, (_, index) => from + index * stepSeconds);
      const seriesOf = async ({ name, query, by }: Line) => {
        const parameters = new URLSearchParams({
          query: query.replaceAll("$step", `${stepSeconds}s`),
          start: String(from),
          end: String(to),
          step: `${stepSeconds}s`,
        });
        const { result } = (await ask(`/api/v1/query_range?${parameters.toString()}`)) as { result: RangeResult[] };
        return result.map(({ metric, values }) => ({ name: by === undefined ? name : (metric[by] ?? name), points: pointsAt(times, values) }));
      };
      const answers = charts.map(async ({ name, title, unit, lines }) => ({ name, title, unit, series: (await Promise.all(lines.map(seriesOf))).flat() }));
      return { from: isoOf(from), to: isoOf(to), stepSeconds, charts: await Promise.all(answers) };
    },
    async readAlerts() {
      const { alerts } = (await ask("/api/v1/alerts")) as { alerts: FoundAlert[] };
      return alerts.map(({ name, state, labels, annotations, activeAt }) => ({
        name,
        severity: labels["severity"] ?? "warning",
        state,
        summary: annotations["summary"] ?? name,
        description: annotations["description"] ?? "",
        since: new Date(activeAt).toISOString(),
      }));
    },
  };
}

/** Source: Prometheus, HTTP API, "Range queries". */
interface RangeResult {
  metric: Record<string, string>;
  values: [number, string][];
}

/** Source: Prometheus, HTTP API, "Alerts". */
interface FoundAlert {
  name: string;
  state: "pending" | "firing";
  labels: Record<string, string>;
  annotations: Record<string, string>;
  activeAt: string;
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString();

function pointsAt(times: readonly number[], values: readonly [number, string][]): [number, number | null][] {
  const known = new Map(values);
  return times.map((time) => {
    const value = Number(known.get(time) ?? Number.NaN);
    return [time, Number.isFinite(value) ? value : null];
  });
}

const away = (url: string, cause: unknown) =>
  new AppError(
    "metrics.away",
    `The home's figures can't be read at ${url}: ${messageOf(cause)}. Jobs and all else go on; \`npm run freehold -- status\` shows the container metrics.`,
    {
      status: 503,
      retryable: true,
      retryAfterMs: 5_000,
      cause,
    },
  );
