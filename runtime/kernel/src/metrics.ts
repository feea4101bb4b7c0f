import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** Units: seconds, as Prometheus wants them. */
  histogram(name: string, help: string, labels?: readonly string[], buckets?: number[]): Histogram;
}

const standardBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A registry of its own per service, so that tests and several services in one process don't meet. */
export function createMetrics({ processMetrics = false } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const of = (name: string, help: string, labels: readonly string[] = []) => ({ name, help, labelNames: [...labels], registers: [registry] });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: (name, help, labels) => new Counter(of(name, help, labels)),
    gauge: (name, help, labels) => new Gauge(of(name, help, labels)),
    histogram: (name, help, labels, buckets = standardBuckets) => new Histogram({ ...of(name, help, labels), buckets }),
  };
}
