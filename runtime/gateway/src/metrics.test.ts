import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMetrics, type Metrics } from "@freehold/kernel/metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { until } from "../../../tests/support/until.ts";
import { createCacheMeters } from "./cache/meters.ts";
import { createLimitMeters } from "./limits/meters.ts";
import { createMeters } from "./meters.ts";
import { startGateway, wholeMessage, type TestGateway } from "./testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(answerJson(wholeMessage));
  gateway = await startGateway({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url, CACHE_SECONDS: "60" });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** The rows of the README's table. Shape: name, type, labels, meaning. */
function table(): string[][] {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const rows = (readme.split("## Metrics\n")[1]?.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| `gateway_"));
  return rows.map((line) =>
    line
      .split("|")
      .slice(1, 5)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** Every metric as the code makes it. */
function made(): string[][] {
  const rows: string[][] = [];
  const real = createMetrics();
  const noting =
    <T>(type: string, make: (name: string, help: string, labels?: readonly string[], buckets?: number[]) => T) =>
    (name: string, help: string, labels: readonly string[] = [], buckets?: number[]): T => {
      rows.push([name, type, labels.join(", "), help]);
      return make(name, help, labels, buckets);
    };
  const metrics: Metrics = {
    ...real,
    counter: noting("counter", real.counter),
    gauge: noting("gauge", real.gauge),
    histogram: noting("histogram", real.histogram),
  };
  for (const make of [createMeters, createLimitMeters, createCacheMeters]) make(metrics);
  return rows;
}

const sorted = (rows: string[][]) => rows.toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1));
const scrape = async () => (await fetch(`${gateway.url}/metrics`)).text();

test("the README's table of metrics is what the code makes: names, types, labels and meanings", () => {
  expect(sorted(table())).toEqual(sorted(made()));
});

test("what a gateway gives out is in the table, all of it", async () => {
  const names = [...(await scrape()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "");
  expect(names.toSorted()).toEqual(
    table()
      .map(([name]) => name ?? "")
      .toSorted(),
  );
});

test("one request moves the metrics of every stage", async () => {
  const { key } = await gateway.mint({ limits: { requestsPerMinute: 5 } });
  const ask = (model: string) =>
    fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: JSON.stringify({ model, max_tokens: 1, messages: [] }) });
  await (await ask("claude-opus-5-5")).arrayBuffer();
  await (await ask("claude-opus-5-5")).arrayBuffer();
  upstream.answer(answerJson({ ...wholeMessage, model: "nobody-knows-its-price" }));
  await (await ask("nobody-knows-its-price")).arrayBuffer();
  const at = 'provider="anthropic"';
  const text = await until("the state of circuits", async () => {
    const found = await scrape();
    return found.includes("gateway_provider_state{") && found;
  });
  for (const line of [
    `gateway_requests_total{route="messages",${at},status="200",outcome="completed"} 2`,
    `gateway_first_byte_seconds_count{${at}} 2`,
    `gateway_request_seconds_count{${at}} 2`,
    `gateway_added_seconds_count{${at}} 2`,
    `gateway_upstream_seconds_count{${at}} 2`,
    `gateway_upstream_first_byte_seconds_count{${at}} 2`,
    `gateway_attempts_total{${at},result="answered"} 2`,
    `gateway_circuit_state{${at}} 0`,
    `gateway_provider_state{${at}} 0`,
    `gateway_cache_calls_total{result="hit"} 1`,
    `gateway_limit_reserve_seconds_count{of="key"} 3`,
    `gateway_tokens_total{${at},kind="output"} 6`,
    `gateway_unpriced_total{${at}} 1`,
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/gateway_cost_usd_total\{provider="anthropic"\} 0\.0000\d/);
});
