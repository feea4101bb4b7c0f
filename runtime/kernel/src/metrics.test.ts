import { expect, test } from "@jest/globals";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { createMetrics, type Metrics } from "./metrics.ts";

/** The same kinds of metrics, as prom-client itself makes them. */
function original(): Pick<Metrics, "counter" | "gauge" | "histogram" | "text"> {
  const registers = [new Registry()];
  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }) as never,
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }) as never,
    histogram: (name, help, labels = [], buckets = []) => new Histogram({ name, help, labelNames: [...labels], buckets, registers }),
    text: () => (registers[0] as Registry).metrics(),
  };
}

function fill(metrics: ReturnType<typeof original>): Promise<string> {
  const calls = metrics.counter("calls_total", "Calls.", ["route", "status"]);
  calls.inc({ route: 'a"\\\n', status: 200 });
  calls.inc({ status: 200, route: 'a"\\\n' }, 2.5);
  calls.inc({ route: "b", status: 200 }, 0);
  const bare = metrics.counter("bare_total", "Without labels.");
  bare.inc();
  bare.inc(3);
  metrics.counter("untouched_total", "Never.");
  metrics.counter("unseen_total", "Never, with a label.", ["of"]);
  const open = metrics.gauge("open", "Open now.", ["of"]);
  open.set({ of: "x" }, -2.25);
  open.inc({ of: "y" });
  open.dec({ of: "y" });
  metrics.gauge("level", "A level.").set(7);
  const seconds = metrics.histogram("call_seconds", "How long.", ["of"], [0.0001, 0.5, 10]);
  for (const value of [0, 0.0001, 0.00011, 0.5, 9, 10, 11]) seconds.observe({ of: "x" }, value);
  seconds.observe({ of: "y" }, 3);
  metrics.histogram("bare_seconds", "Without labels.", [], [1]).observe(2);
  metrics.histogram("timed_seconds", "Timed.", ["of"], [1_000]).startTimer({ of: "x" });
  metrics.histogram("untouched_seconds", "Never.", [], [1]);
  return metrics.text();
}

test("what is given out is to the letter what prom-client's own metrics give out", async () => {
  expect(await fill(createMetrics())).toBe(await fill(original()));
});

test("a timer observes seconds, with labels of its begin and of its end", async () => {
  const metrics = createMetrics();
  metrics.histogram("call_seconds", "How long.", ["of", "status"], [1_000]).startTimer({ of: "x" })({ status: 200 });
  expect(await metrics.text()).toMatch(/^call_seconds_bucket\{le="1000",of="x",status="200"\} 1\n[^]*^call_seconds_sum\{of="x",status="200"\} \d/m);
});

test("labels that are not the metric's, and amounts that are none, are refused", () => {
  const metrics = createMetrics();
  const calls = metrics.counter("calls_total", "Calls.", ["route", "status"]);
  expect(() => calls.inc({ route: "a" })).toThrow("The labels of calls_total are [route, status], not [route].");
  expect(() => calls.inc({ route: "a", state: 1 })).toThrow("not [route, state]");
  expect(() => calls.inc({ route: "a", status: 1 }, -1)).toThrow("calls_total can't grow by -1.");
  expect(() => metrics.histogram("seconds", "How long.").observe(Number.NaN)).toThrow("seconds can't take NaN.");
  expect(() => metrics.gauge("calls_total", "Again.")).toThrow("There is a metric calls_total already.");
});
