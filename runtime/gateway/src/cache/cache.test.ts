import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { answering, event, startGateway, streamHeaders, upstreamKey, wholeMessage, wholeStream, type TestGateway } from "../testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    ANTHROPIC_API_KEY: upstreamKey,
    ANTHROPIC_BASE_URL: upstream.url,
    CACHE_SECONDS: "300",
    CACHE_ANSWER_BYTES: "200000",
    CACHE_BYTES: "2000000",
    PING_AFTER_MS: "60",
  });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(async () => {
  upstream.seen.length = 0;
  await resetCircuits();
  await gateway.admin("/admin/cache", { method: "DELETE" });
});
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 }));

const prompt = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };
const stream = { ...prompt, stream: true };
const ask = (body: object = prompt, { as = key, ...headers }: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${gateway.url}/v1/messages`, { method: "POST", body: JSON.stringify(body), headers: { "x-api-key": as, ...headers }, ...(signal && { signal }) });
const script = (answer: (response: ServerResponse, body: Buffer, request: IncomingMessage) => void) => upstream.answer(answering(answer));
const howOf = (response: Response) => response.headers.get("x-freehold-cache");
/** A busy machine takes long enough for pings of the gateway's own, which are no part of an answer. */
const withoutPings = (text: string) => text.replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "");
/** A test that breaks something must not close the provider off for the others. */
const resetCircuits = () => gateway.admin("/admin/providers/anthropic/reset", { method: "POST" });
const calls = () => upstream.seen.length;
const json = { "content-type": "application/json", "request-id": "req_upstream" };

/** Streams an answer that the test lets go on. */
function steppedStream() {
  const state: { response: ServerResponse | undefined } = { response: undefined };
  script((response) => {
    response.writeHead(200, streamHeaders).write(wholeStream.slice(0, 2).join(""));
    state.response = response;
  });
  const began = () => until("the stream to begin", () => state.response);
  return { began, goOn: (from: number, to?: number) => void state.response?.write(wholeStream.slice(from, to).join("")), end: () => state.response?.end() };
}

test.each([
  ["a stream", stream, streamHeaders, wholeStream.join("")],
  ["an answer that is no stream", prompt, json, JSON.stringify(wholeMessage)],
])("%s is given again byte by byte, costs nothing the second time and is booked so", async (name, body, headers, text) => {
  script((response) => response.writeHead(200, headers).end(text));
  const { key: own, id } = await gateway.mint({ jobId: name });
  const first = await ask(body, { as: own });
  expect([howOf(first), await first.text()]).toEqual(["miss", text]);
  const second = await ask({ ...body, metadata: { user_id: "another session" } }, { as: own, "x-claude-code-session-id": "two" });
  expect([howOf(second), second.status, second.headers.get("content-type"), second.headers.get("x-freehold-provider"), await second.text()]).toEqual([
    "hit",
    200,
    headers["content-type"],
    "anthropic",
    text,
  ]);
  expect([second.headers.get("request-id"), second.headers.get("age"), calls()]).toEqual([expect.stringMatching(/^req_/), "0", 1]);
  expect(second.headers.get("request-id")).not.toBe("req_upstream");
  await gateway.usageOf();
  const { rows } = await gateway.db.query(
    "select provider, outcome, status, cost_usd, input_tokens::int as input, model, streamed from requests where key_id = $1 order by started_at",
    [id],
  );
  expect(rows).toMatchObject([
    { provider: "anthropic", outcome: "completed", cost_usd: expect.any(Number) },
    { provider: "cache", outcome: "completed", status: 200, cost_usd: 0, input: 0, model: "claude-opus-5-5", streamed: body === stream },
  ]);
  expect(rows[0].cost_usd).toBeGreaterThan(0);
});

test("a cached answer comes in less than a millisecond of the gateway's own", async () => {
  script((response) => response.writeHead(200, streamHeaders).end(wholeStream.join("")));
  const large = { ...stream, system: "x".repeat(48_000) };
  await (await ask(large)).text();
  for (let index = 0; index < 200; index++) await (await ask(large)).text();
  await gateway.usageOf();
  const { rows } = await gateway.db.query("select percentile_cont(0.5) within group (order by duration_ms) as p50 from requests where provider = 'cache'");
  // From the request's head to the answer's last byte; the client's own part is not in it.
  expect(rows[0].p50).toBeLessThan(1);
});

test("ten identical requests at once make one call, whoever comes late gets the past bytes first, and all get the same", async () => {
  const { began, goOn, end } = steppedStream();
  const early = Array.from({ length: 5 }, () => ask(stream));
  await began();
  const late = Array.from({ length: 5 }, () => ask(stream));
  const responses = await Promise.all([...early, ...late]);
  goOn(2);
  end();
  const texts = await Promise.all(responses.map((response) => response.text()));
  expect(new Set(texts.map(withoutPings))).toEqual(new Set([wholeStream.join("")]));
  expect([calls(), responses.map((response) => String(howOf(response))).toSorted()]).toEqual([1, ["miss", ...Array.from({ length: 9 }, () => "shared")]]);
  expect([howOf(await ask(stream)), calls()]).toEqual(["hit", 1]);
});

test("ten identical requests that are no stream make one call", async () => {
  let respond = () => {};
  script((response) => (respond = () => void response.writeHead(200, json).end(JSON.stringify(wholeMessage))));
  const asked = Array.from({ length: 10 }, () => ask());
  await until("the call", () => calls() === 1);
  // Each has been read and waits: the gateway has ten sockets and one call.
  await until("all to wait", async () => /gateway_cache_calls_total\{result="shared"\} (\d+)/.exec(await gateway.metrics.text())?.[1] !== undefined);
  setTimeout(() => respond(), 100);
  const responses = await Promise.all(asked);
  expect(new Set(await Promise.all(responses.map((response) => response.json())))).toHaveProperty("size", 10);
  expect(calls()).toBe(1);
});

test("one caller's leaving ends nobody else's answer, not even the first one's", async () => {
  const { began, goOn, end } = steppedStream();
  const leave = new AbortController();
  const first = await ask(stream, {}, leave.signal);
  await began();
  const second = await ask(stream);
  leave.abort();
  await expect(first.text()).rejects.toThrow("aborted");
  goOn(2);
  end();
  expect([withoutPings(await second.text()), calls()]).toEqual([wholeStream.join(""), 1]);
});

test("the last one's leaving frees the provider within 100 ms", async () => {
  const { began } = steppedStream();
  const leaves = [new AbortController(), new AbortController()];
  const responses = await Promise.all(leaves.map((leave) => ask(stream, {}, leave.signal)));
  await began();
  leaves[0]?.abort();
  await expect(responses[0]?.text()).rejects.toThrow("aborted");
  expect(upstream.open()).toBe(1);
  leaves[1]?.abort();
  await until("the provider to be free", () => upstream.open() === 0, { timeoutMs: 100, everyMs: 5 });
  script((response) => response.writeHead(200, streamHeaders).end(wholeStream.join("")));
  expect([howOf(await ask(stream)), calls()]).toEqual(["miss", 2]);
});

test("a reader who is too slow for the others is cut off with an error event, and they get all of it", async () => {
  const delta = (text: string) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  const parts = Array.from({ length: 1_000 }, () => delta(randomBytes(20_000).toString("base64")));
  const { began, goOn } = steppedStream();
  const body = JSON.stringify(stream);
  const slow = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  slow.write(`POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await once(slow, "readable");
  slow.pause();
  await began();
  const fast = await ask(stream);
  const read = fast.text();
  goOn(0, 0);
  const response = await began();
  for (const part of parts) if (!response.write(part)) await once(response, "drain");
  response.end(wholeStream.slice(4).join(""));
  const text = await read;
  // A text of 27 MB is nothing to print.
  expect(withoutPings(text) === wholeStream.slice(0, 2).join("") + parts.join("") + wholeStream.slice(4).join("")).toBe(true);
  let seen = "";
  slow.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1"))).resume();
  await until("the slow reader to be told", () => seen.includes("stream.lagging"));
  slow.destroy();
  expect(seen.length).toBeLessThan(text.length);
  expect(await gateway.metrics.text()).toMatch(/gateway_cache_lagging_total 1/);
});

test.each([
  [
    "an error of the provider's",
    (response: ServerResponse) => response.writeHead(400, json).end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'),
    prompt,
  ],
  [
    "a stream that breaks",
    (response: ServerResponse) => response.writeHead(200, streamHeaders).write(wholeStream.slice(0, 4).join(""), () => response.destroy()),
    stream,
  ],
  [
    "a stream that fails",
    (response: ServerResponse) =>
      response.writeHead(200, streamHeaders).end(wholeStream.slice(0, 4).join("") + event("error", { error: { type: "api_error", message: "x" } })),
    stream,
  ],
])("%s is not kept", async (_name, answer, body) => {
  script((response) => void answer(response));
  await (await ask(body)).text();
  await resetCircuits();
  const before = calls();
  const again = await ask(body);
  await again.text();
  expect([howOf(again), calls()]).toEqual(["miss", before + 1]);
});

test("those who share a call share its failure as well, in Anthropic's shape and with ids of their own", async () => {
  let respond = () => {};
  script(
    (response) =>
      (respond = () => void response.writeHead(400, json).end('{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"}}')),
  );
  const asked = [ask(), ask(), ask()];
  await until("the call", () => calls() === 1);
  await until("the others", async () => Number(/result="shared"\} (\d+)/.exec(await gateway.metrics.text())?.[1]) >= 2);
  setTimeout(() => respond(), 50);
  const responses = await Promise.all(asked);
  expect([responses.map(({ status }) => status), calls()]).toEqual([[400, 400, 400], 1]);
  expect(new Set(responses.map((response) => response.headers.get("request-id"))).size).toBe(3);
});

test.each([
  ["x-freehold-cache: off", { "x-freehold-cache": "off" }],
  ["cache-control: no-store", { "cache-control": "max-age=0, no-store" }],
])("%s asks the provider and keeps nothing", async (_name, headers) => {
  script((response) => response.writeHead(200, json).end(JSON.stringify(wholeMessage)));
  for (const _ of [1, 2]) expect(howOf(await ask(prompt, headers))).toBeNull();
  expect([howOf(await ask()), calls()]).toEqual(["miss", 3]);
});

test("another tenant's answers, and those of a key that wants its own, are never given", async () => {
  script((response) => response.writeHead(200, json).end(JSON.stringify(wholeMessage)));
  const as = async (more: object) => howOf(await ask(prompt, { as: (await gateway.mint(more)).key }));
  expect([await as({}), await as({}), await as({ tenant: "a" }), await as({ tenant: "b" }), await as({ tenant: "a" })]).toEqual([
    "miss",
    "miss",
    "miss",
    "miss",
    "hit",
  ]);
  expect(await as({ tenant: "a", cache: false })).toBeNull();
});

test("an answer that is too long is passed on and not kept", async () => {
  script((response) => response.writeHead(200, json).end(JSON.stringify({ ...wholeMessage, content: [{ type: "text", text: "x".repeat(300_000) }] })));
  for (const _ of [1, 2]) expect((await (await ask()).text()).length).toBeGreaterThan(300_000);
  expect(calls()).toBe(2);
  expect(await (await gateway.admin("/admin/cache")).json()).toEqual({ enabled: true, answers: 0, bytes: 0 });
});

test("a ping of the gateway's own is no part of what is kept", async () => {
  const { began, goOn, end } = steppedStream();
  const first = await ask(stream);
  await began();
  const reader = first.body?.getReader();
  let text = "";
  const decoder = new TextDecoder();
  await until("a ping", async () => {
    text += decoder.decode((await reader?.read())?.value);
    return text.includes("event: ping");
  });
  goOn(2);
  end();
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += decoder.decode(part.value);
  expect(text.length).toBeGreaterThan(wholeStream.join("").length);
  expect(await (await ask(stream)).text()).toBe(wholeStream.join(""));
});

test("callers of another dialect are answered again in it, and refused in it", async () => {
  script((response) => response.writeHead(200, json).end(JSON.stringify({ ...wholeMessage, stop_reason: "end_turn" })));
  const { key: own } = await gateway.mint({ limits: { requestsPerMinute: 2 } });
  const chat = () =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${own}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "claude-opus-5-5", messages: [{ role: "user", content: "hi" }] }),
    });
  const [first, second] = [await chat(), await chat()];
  const text = async (response: Response) => ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;
  expect([howOf(first), howOf(second), await text(first), await text(second), calls()]).toEqual(["miss", "hit", "hi", "hi", 1]);
  const third = await chat();
  expect([third.status, Number(third.headers.get("retry-after")) > 50, await third.json()]).toMatchObject([
    429,
    true,
    { error: { code: "rate_limit_exceeded" } },
  ]);
});
