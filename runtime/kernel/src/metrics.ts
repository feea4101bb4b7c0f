import { collectDefaultMetrics, Registry, type Metric } from "prom-client";
import { SeriesOf, type FamilyParts, type Labels } from "./series.ts";

/** Only grows. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
  inc(by: number): void;
}

/** Rises and falls. */
export interface Gauge {
  set(labels: Labels, value: number): void;
  set(value: number): void;
  inc(labels?: Labels, by?: number): void;
  inc(by: number): void;
  dec(labels?: Labels): void;
}

/** Counts observations by their size. */
export interface Histogram {
  observe(labels: Labels, value: number): void;
  observe(value: number): void;
  /** Begins to measure; the result is to be called at the end, and observes how many seconds that took. */
  startTimer(labels?: Labels): (labels?: Labels) => void;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** Units: seconds, as Prometheus wants them. */
  histogram(name: string, help: string, labels?: readonly string[], buckets?: number[]): Histogram;
}

const standardBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const noLabels: Labels = {};

/** A registry of its own per service, so that tests and several services in one process don't meet. */
export function createMetrics({ processMetrics = false } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const of = (name: string, help: string, labelNames: readonly string[] = []): FamilyParts => ({ name, help, labelNames });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: (name, help, labels) => createCounter(registry, of(name, help, labels)),
    gauge: (name, help, labels) => createGauge(registry, of(name, help, labels)),
    histogram: (name, help, labels, buckets = standardBuckets) => createHistogram(registry, of(name, help, labels), buckets),
  };
}

/** One line of what is given out. */
interface Line {
  metricName?: string;
  labels: Labels;
  value: number;
}

/** Prom-client writes the text; of a metric it asks no more than this. */
function register(registry: Registry, { name, help }: FamilyParts, { type, lines }: { type: "counter" | "gauge" | "histogram"; lines: () => Line[] }): void {
  if (registry.getSingleMetric(name) !== undefined) throw new TypeError(`There is a metric ${name} already.`);
  registry.registerMetric({ name, get: async () => ({ name, help, type, aggregator: "sum", values: lines() }) } as unknown as Metric);
}

function createCounter(registry: Registry, parts: FamilyParts): Counter {
  const series = createSums(registry, parts, "counter");
  return {
    inc(labels: Labels | number = noLabels, by: number = 1): void {
      const grown = typeof labels === "number" ? labels : by;
      if (!(grown >= 0)) throw new RangeError(`${parts.name} can't grow by ${grown}.`);
      series.of(typeof labels === "number" ? noLabels : labels).value += grown;
    },
  };
}

function createGauge(registry: Registry, parts: FamilyParts): Gauge {
  const series = createSums(registry, parts, "gauge");
  const add = (labels: Labels | number, by: number) => {
    if (typeof labels === "number") series.of(noLabels).value += labels;
    else series.of(labels).value += by;
  };
  return {
    set(labels: Labels | number, value: number = 0): void {
      if (typeof labels === "number") series.of(noLabels).value = labels;
      else series.of(labels).value = value;
    },
    inc: (labels: Labels | number = noLabels, by: number = 1) => add(labels, by),
    dec: (labels = noLabels) => add(labels, -1),
  };
}

function createSums(registry: Registry, parts: FamilyParts, type: "counter" | "gauge"): SeriesOf<{ value: number }> {
  const series = new SeriesOf(parts, () => ({ value: 0 }));
  register(registry, parts, { type, lines: () => series.lines(({ value }, labels) => [{ labels, value }]) });
  return series;
}

function createHistogram(registry: Registry, parts: FamilyParts, bounds: readonly number[]): Histogram {
  // One more than there are bounds: what is above all of them.
  const series = new SeriesOf(parts, () => ({ counts: [...bounds, Number.POSITIVE_INFINITY].map(() => 0), sum: 0 }));
  register(registry, parts, { type: "histogram", lines: () => series.lines((state, labels) => bucketLines(parts.name, bounds, { ...state, labels })) });
  const observe = (labels: Labels, value: number) => {
    if (!Number.isFinite(value)) throw new RangeError(`${parts.name} can't take ${value}.`);
    const state = series.of(labels);
    let index = 0;
    while (index < bounds.length && value > (bounds[index] as number)) index++;
    state.counts[index] = (state.counts[index] as number) + 1;
    state.sum += value;
  };
  return {
    observe: (labels: Labels | number, value?: number) => (typeof labels === "number" ? observe(noLabels, labels) : observe(labels, value ?? Number.NaN)),
    startTimer(atStart) {
      const began = performance.now();
      return (atEnd) => observe({ ...atStart, ...atEnd }, (performance.now() - began) / 1_000);
    },
  };
}

/** A bucket tells how many were as large as its bound or smaller, so each has those before it as well. */
function bucketLines(name: string, bounds: readonly number[], { counts, sum, labels }: { counts: readonly number[]; sum: number; labels: Labels }): Line[] {
  let count = 0;
  const buckets = counts.map((own, index) => {
    count += own;
    return { metricName: `${name}_bucket`, labels: { le: bounds[index] ?? "+Inf", ...labels }, value: count };
  });
  return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }];
}
