import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { answering, startGateway, streamHeaders, upstreamKey, wholeMessage, wholeStream, type TestGateway } from "../testing/fixtures.ts";
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from "../testing/otlp-receiver.ts";

const promptText = "a prompt that no span shows";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpan = "b7ad6b7169203331";
const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");

let receiver: OtlpReceiver;
let one: ScriptedUpstream;
let two: ScriptedUpstream;
let gateway: TestGateway;
let key: { id: string; key: string };

beforeAll(async () => {
  [receiver, one, two] = await Promise.all([startOtlpReceiver(), startUpstream(), startUpstream()]);
  const provider = (name: string, url: string) => ({ name, kind: "anthropic", baseUrl: url, keys: [{ value: upstreamKey }] });
  gateway = await startGateway({
    GATEWAY_CONFIG: JSON.stringify({ providers: [provider("one", one.url), provider("two", two.url)] }),
    CACHE_SECONDS: "60",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-receiver,x-tenant=home",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    OTEL_SERVICE_NAME: "gateway-of-a-test",
  });
  key = await gateway.mint({ jobId: "job-1" });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close(), receiver.close()]);
});
beforeEach(async () => {
  receiver.spans.length = 0;
  receiver.status = 200;
  for (const name of ["one", "two"]) await gateway.admin(`/admin/providers/${name}/reset`, { method: "POST" });
});

const ask = (more: object = {}, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key.key, "x-freehold-cache": "off", ...headers },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: promptText }], ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
const whole = answering((response: ServerResponse) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
const streamed = answering((response: ServerResponse) => response.writeHead(200, streamHeaders).end(wholeStream.join("")));
const failing = answering((response: ServerResponse) => response.writeHead(500, { "content-type": "application/json" }).end('{"type":"error","error":{}}'));
const spans = (count: number) => until(`${count} spans`, () => receiver.spans.length >= count && receiver.spans, { timeoutMs: 8_000 });
const ofKind = (all: readonly ReceivedSpan[], kind: 2 | 3) => all.filter((span) => span.kind === kind);

test("a request is a span with its model, tokens and outcome, below the caller's own; each request to a provider is one below it, and says so upstream", async () => {
  one.answer(failing);
  two.answer(streamed);
  await (await ask({ stream: true }, { traceparent: `00-${traceId}-${callerSpan}-01`, tracestate: "of=caller", "x-claude-code-session-id": "s-1" })).text();
  const all = await spans(3);
  const [call] = ofKind(all, 2);
  const [first, second] = ofKind(all, 3).toSorted((left, right) => left.startTimeUnixNano - right.startTimeUnixNano);
  expect(call).toMatchObject({ name: "chat claude-opus-5-5", traceId: base64(traceId), parentSpanId: base64(callerSpan), status: 0 });
  expect(call?.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.response.model": "claude-opus-5-5",
    "gen_ai.request.stream": true,
    "gen_ai.usage.input_tokens": 1_100,
    "gen_ai.usage.cache_read.input_tokens": 1_000,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.conversation.id": "s-1",
    "http.response.status_code": 200,
    "freehold.provider": "two",
    "freehold.outcome": "completed",
    "freehold.key.id": key.id,
    "freehold.job.id": "job-1",
    "freehold.cost_usd": expect.any(Number),
  });
  expect([first, second].map((span) => [span?.parentSpanId, span?.traceId])).toEqual([1, 2].map(() => [call?.spanId, base64(traceId)]));
  expect(first).toMatchObject({
    status: 2,
    attributes: { "gen_ai.provider.name": "anthropic", "freehold.target": "one/0", "http.response.status_code": 500, "error.type": expect.any(String) },
  });
  expect(second).toMatchObject({
    status: 0,
    attributes: { "freehold.target": "two/0", "freehold.result": "answered", "gen_ai.request.model": "claude-opus-5-5" },
  });
  for (const [upstream, span] of [
    [one, first],
    [two, second],
  ] as const) {
    const { headers } = upstream.seen.at(-1) as { headers: Record<string, string> };
    expect(headers["traceparent"]).toBe(`00-${traceId}-${Buffer.from(span?.spanId ?? "", "base64").toString("hex")}-01`);
    expect(headers["tracestate"]).toBe("of=caller");
  }
  expect(call?.resource).toMatchObject({ "service.name": "gateway-of-a-test", "deployment.environment.name": "test" });
  expect(receiver.exports.at(-1)).toMatchObject({ path: "/v1/traces", headers: { authorization: "Bearer of-the-receiver", "x-tenant": "home" } });
});

test("an answer of the cache is a span that names it, without a request to a provider", async () => {
  one.answer(whole);
  const cached = { metadata: { user_id: "cached" }, temperature: 0.5 };
  await (await ask(cached, { "x-freehold-cache": "on" })).text();
  await (await ask(cached, { "x-freehold-cache": "on" })).text();
  const all = await spans(3);
  expect(ofKind(all, 3)).toHaveLength(1);
  const results = ofKind(all, 2).map(({ attributes }) => [
    attributes["freehold.cache"],
    attributes["freehold.provider"],
    attributes["gen_ai.usage.input_tokens"],
  ]);
  expect(results).toEqual([
    ["miss", "one", 7],
    ["hit", "cache", 0],
  ]);
});

test("a request that is refused, one that fails everywhere, and one whose caller leaves are told apart", async () => {
  await ask({}, { "x-api-key": "fh_unknown" });
  one.answer(failing);
  two.answer(failing);
  await ask();
  one.answer(() => {});
  await gateway.admin("/admin/providers/one/reset", { method: "POST" });
  const leave = new AbortController();
  const asked = ask({}, {}, leave.signal);
  await until("the call to be upstream", () => one.open() > 0);
  leave.abort();
  await expect(asked).rejects.toThrow("aborted");
  const all = await spans(6);
  expect(ofKind(all, 2).map(({ attributes, status }) => [attributes["freehold.outcome"], attributes["error.type"], status])).toEqual([
    ["refused", "key.unknown", 0],
    ["failed", "500", 2],
    ["aborted", undefined, 0],
  ]);
  expect(ofKind(all, 3).map(({ attributes }) => attributes["freehold.result"])).toEqual([expect.any(String), expect.any(String), "abandoned"]);
});

test("neither a prompt nor a key is in what is sent", async () => {
  one.answer(whole);
  await (await ask({ model: `claude\u0000${"m".repeat(300)}` })).text();
  await spans(2);
  const raw = receiver.raw();
  for (const text of [promptText, key.key, upstreamKey, "m".repeat(250)]) expect(raw.includes(text)).toBe(false);
});

test("a receiver that is away costs a line in the log and no request", async () => {
  receiver.status = 400;
  one.answer(whole);
  expect((await ask()).status).toBe(200);
  await until("the line", () => gateway.logged().includes("traces.unsent"), { timeoutMs: 8_000 });
  receiver.status = 200;
  expect((await ask()).status).toBe(200);
  await until("the other line", () => gateway.logged().includes("traces.sent"), { timeoutMs: 8_000 });
});
