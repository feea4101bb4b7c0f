import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream, type SeenRequest } from "../../../tests/support/scripted-upstream.ts";
import { until } from "../../../tests/support/until.ts";
import { answering, event, startGateway, streamHeaders, upstreamKey, wholeMessage, wholeStream, type TestGateway } from "./testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    ANTHROPIC_API_KEY: upstreamKey,
    ANTHROPIC_BASE_URL: `${upstream.url}/base/`,
    UPSTREAM_FIRST_BYTE_TIMEOUT_MS: "300",
    UPSTREAM_ANSWER_TIMEOUT_MS: "300",
    UPSTREAM_IDLE_TIMEOUT_MS: "300",
    PING_AFTER_MS: "60",
    BODY_LIMIT_BYTES: "2000000",
  });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
afterEach(async () => {
  await until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 });
  await gateway.admin("/admin/providers/anthropic/reset", { method: "POST" });
});

const prompt = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "a prompt that no log shows" }] };
const ask = (
  body: unknown = prompt,
  { path = "/v1/messages?beta=true", ...init }: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) =>
  fetch(gateway.url + path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers: { authorization: `Bearer ${key}`, ...init.headers },
  });
const stream = { ...prompt, stream: true };
const script = (answer: (response: ServerResponse, body: Buffer, request: IncomingMessage) => void) => upstream.answer(answering(answer));
const errorOf = async (response: Response) =>
  (await response.json()) as { type: string; error: { type: string; message: string; details?: { error_code: string } }; request_id: string };
const sha = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

test("a stream's bytes, a body's bytes, status and request id pass unchanged, whatever the chunks are", async () => {
  let got = "";
  const all = wholeStream.join("");
  script(async (response, body) => {
    got = sha(body);
    response.writeHead(200, streamHeaders);
    for (let at = 0; at < all.length; at += 7) {
      if (!response.write(all.slice(at, at + 7))) await once(response, "drain");
      if (at % 70 === 0) await new Promise(setImmediate);
    }
    response.end();
  });
  const body = `{ "stream" : true,\n "model":"claude-opus-5-5", "future": {"field": [1.0, 1e3, "ü\\u00fc"]}, "stream": true }`;
  const response = await ask(body);
  expect([response.status, response.headers.get("request-id"), response.headers.get("content-type")]).toEqual([
    200,
    "req_upstream",
    streamHeaders["content-type"],
  ]);
  expect(await response.text()).toBe(all);
  expect(got).toBe(sha(body));
});

test("the caller's headers reach the provider, its credential and its network do not", async () => {
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  await ask(prompt, {
    headers: {
      "anthropic-beta": "a-2026,b-2027",
      "anthropic-version": "2023-06-01",
      "user-agent": "claude-cli/2.1.329",
      "x-stainless-lang": "js",
      "x-future": "kept",
      "x-forwarded-for": "10.1.2.3",
      cookie: "session=1",
    },
  });
  const { headers, url, method } = upstream.seen.at(-1) as SeenRequest;
  expect([method, url]).toEqual(["POST", "/base/v1/messages?beta=true"]);
  expect(headers).toMatchObject({
    "anthropic-beta": "a-2026,b-2027",
    "anthropic-version": "2023-06-01",
    "user-agent": "claude-cli/2.1.329",
    "x-stainless-lang": "js",
    "x-future": "kept",
    "x-api-key": upstreamKey,
    "accept-encoding": "identity",
  });
  for (const name of ["authorization", "x-forwarded-for", "cookie"]) expect(headers[name]).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain(key);
});

test("the provider's answer headers come back, without its limits, its account and its cookies", async () => {
  const hidden = { "anthropic-ratelimit-requests-limit": "1", "anthropic-organization-id": "org-of-the-owner", "set-cookie": "a=b" };
  script((response) => response.writeHead(200, { "content-type": "application/json", "x-future": "1", ...hidden }).end(JSON.stringify(wholeMessage)));
  const response = await ask();
  expect(await response.json()).toEqual(wholeMessage);
  expect([response.headers.get("x-future"), response.headers.get("x-freehold-provider")]).toEqual(["1", "anthropic"]);
  for (const name of Object.keys(hidden)) expect(response.headers.get(name)).toBeNull();
});

test.each([
  ["before the first byte", () => undefined],
  ["after it", (response: ServerResponse) => void response.writeHead(200, streamHeaders).write(wholeStream[0])],
])("a caller who leaves frees the provider within 100 ms, %s", async (_when, begin) => {
  const waits: number[] = [];
  for (let caller = 0; caller < 9; caller++) {
    let came = false;
    script((response) => {
      came = true;
      begin(response);
    });
    const leave = new AbortController();
    const asked = ask(stream, { signal: leave.signal }).then((response) => response.text());
    await until("the call to reach the provider", () => came, { everyMs: 2 });
    const left = performance.now();
    leave.abort();
    await expect(asked).rejects.toThrow("aborted");
    await until("the provider to be freed", () => upstream.open() === 0, { everyMs: 2 });
    waits.push(performance.now() - left);
  }
  // The middle one: other work on the machine may hold up some.
  expect(waits.toSorted((one, other) => one - other)[4]).toBeLessThan(100);
});

test("a slow reader holds the provider back instead of filling the gateway's memory", async () => {
  const delta = event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "x".repeat(60_000) } });
  let sent = 0;
  script(async (response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    for (; sent < 600; sent++) if (!response.write(delta)) await once(response, "drain");
    response.end(event("message_stop"));
  });
  const call = httpRequest(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key } }).end(JSON.stringify(stream));
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  answer.pause();
  let before = -1;
  await until("the provider to stall", () => (sent === before ? true : ((before = sent), false)), { everyMs: 150 });
  expect(sent).toBeLessThan(400);
  let size = 0;
  answer.on("data", (chunk: Buffer) => (size += chunk.length));
  answer.resume();
  await once(answer, "end");
  expect([sent, size > 600 * 60_000]).toEqual([600, true]);
});

test.each([
  ["cut", (response: ServerResponse) => void setTimeout(() => response.destroy(), 20), "provider.cut"],
  ["ended without message_stop", (response: ServerResponse) => void response.end(), "provider.cut"],
  ["silent", () => {}, "provider.timeout"],
])("a stream that is %s ends with an error event, and half an event is not passed on", async (_name, breakOff, code) => {
  script((response) => {
    response.writeHead(200, streamHeaders).write(`${wholeStream[0]}event: content_block_delta\ndata: {"type":"conte`);
    breakOff(response);
  });
  const text = await (await ask(stream)).text();
  const events = text.replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "");
  expect(events.startsWith(`${wholeStream[0]}event: error\ndata: {"type":"error","error":{"type":"`)).toBe(true);
  expect(events).toContain(code);
  expect(events).not.toContain("127.0.0.1");
  expect(events.endsWith("\n\n")).toBe(true);
});

test("an error event of the provider passes as it is, and nothing is added", async () => {
  const failing = event("error", { error: { type: "overloaded_error", message: "Overloaded" } });
  script((response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    setTimeout(() => response.end(failing), 20);
  });
  expect(await (await ask(stream)).text()).toBe(`${wholeStream[0]}${failing}`);
});

test("a silent stream is kept alive with pings", async () => {
  const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
  let goOn = () => {};
  script((response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    goOn = () => void response.end(wholeStream.slice(1).join(""));
  });
  let text = "";
  for await (const chunk of (await ask(stream)).body ?? []) {
    const isFirst = !text.includes(ping);
    text += Buffer.from(chunk).toString();
    if (isFirst && text.includes(ping)) goOn();
  }
  expect(text).toContain(ping);
  expect(text.replaceAll(ping, "")).toBe(wholeStream.join(""));
});

test.each([
  ["never answers", (_response: ServerResponse) => {}, 504, "timeout_error", "provider.timeout"],
  ["closes the connection", (response: ServerResponse) => void response.destroy(), 503, "api_error", "provider.unreachable"],
  [
    "answers with a web page",
    (response: ServerResponse) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    502,
    "api_error",
    "provider.garbage",
  ],
  [
    "sends on to elsewhere",
    (response: ServerResponse) => void response.writeHead(302, { location: "http://10.0.0.1/" }).end(),
    502,
    "api_error",
    "provider.garbage",
  ],
  [
    "breaks off its answer",
    (response: ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 5_000 }).write("{");
      setTimeout(() => response.destroy(), 20);
    },
    503,
    "api_error",
    "provider.cut",
  ],
  ["does not speak HTTP", (response: ServerResponse) => void response.socket?.end("SSH-2.0-OpenSSH\r\n\r\n"), 502, "api_error", "provider.garbage"],
])("a provider that %s gives a clean error that clients try again", async (_name, answer, status, type, code) => {
  script(answer);
  const response = await ask();
  expect(response.status).toBe(status);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  const { error, request_id } = await errorOf(response);
  expect([error.type, error.details?.error_code, request_id]).toEqual([type, code, response.headers.get("request-id")]);
  expect(error.message).not.toMatch(/127\.0\.0\.1|10\.0\.0\.1|at .*\.ts/);
});

test("a provider that can't be reached is 503 api_error with retry-after", async () => {
  const away = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }, gateway.databaseUrl);
  const response = await fetch(`${away.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: JSON.stringify(prompt) });
  expect([response.status, response.headers.get("retry-after"), (await errorOf(response)).error.type]).toEqual([503, "2", "api_error"]);
  await away.close();
});

const upstreamError = (type: string, message: string) => JSON.stringify({ type: "error", error: { type, message }, request_id: "req_upstream" });

test.each([
  [400, "invalid_request_error", true],
  [413, "request_too_large", true],
  [401, "authentication_error", false],
  [403, "permission_error", false],
  [404, "not_found_error", false],
  [429, "rate_limit_error", false],
  [500, "api_error", false],
])("a provider's %i keeps status, type, retry-after and request id", async (status, type, keepsText) => {
  const said = upstreamError(type, "prompt is too long: account acme-corp");
  script((response) => response.writeHead(status, { "content-type": "application/json", "request-id": "req_upstream", "retry-after": "7" }).end(said));
  const response = await ask();
  expect([response.status, response.headers.get("retry-after"), response.headers.get("request-id")]).toEqual([status, "7", "req_upstream"]);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ type: "error", error: { type }, request_id: "req_upstream" });
  if (keepsText) expect(text).toBe(said);
  else expect(text).not.toContain("acme-corp");
  expect(response.headers.get("x-should-retry")).toBe([401, 403].includes(status) ? "false" : null);
});

test.each([
  ["529", 529, "overloaded_error"],
  ["another status with its type", 500, "overloaded_error"],
])("overload (%s) becomes a 503 that a client waits for: after three overloads Claude Code gives a job up", async (_name, status, type) => {
  script((response) => response.writeHead(status, { "content-type": "application/json" }).end(upstreamError(type, "Overloaded")));
  const response = await ask();
  expect([response.status, response.headers.get("retry-after"), (await errorOf(response)).error.type]).toEqual([503, "1", "api_error"]);
});

test("an error without Anthropic's shape gets it", async () => {
  script((response) => response.writeHead(520, { "content-type": "text/html" }).end("<html>cloudflare"));
  const response = await ask();
  expect([response.status, (await errorOf(response)).error.type]).toEqual([520, "api_error"]);
});

test.each([
  ["none", {}, "key.missing"],
  ["not of this home", { "x-api-key": "sk-ant-123" }, "key.unknown"],
  ["unknown", { authorization: `Bearer fh_${randomBytes(32).toString("base64url")}` }, "key.unknown"],
])("a key that is %s is refused for good, and the provider sees nothing", async (_name, headers, code) => {
  const before = upstream.seen.length;
  const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: headers as Record<string, string>, body: "{}" });
  expect([response.status, response.headers.get("x-should-retry")]).toEqual([401, "false"]);
  expect((await errorOf(response)).error).toMatchObject({ type: "authentication_error", details: { error_code: code } });
  expect(upstream.seen).toHaveLength(before);
});

test("a revoked key is refused at once, an expired one from its time on", async () => {
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  const revoked = await gateway.mint();
  const use = (text: string) => fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": text }, body: JSON.stringify(prompt) });
  expect((await use(revoked.key)).status).toBe(200);
  expect((await gateway.admin(`/admin/keys/${revoked.id}`, { method: "DELETE" })).status).toBe(204);
  const refused = await use(revoked.key);
  expect([refused.status, (await errorOf(refused)).error.details?.error_code]).toEqual([401, "key.revoked"]);
  const short = await gateway.mint();
  expect((await use(short.key)).status).toBe(200);
  await gateway.admin(`/admin/keys/${short.id}`, { method: "PATCH", body: { expiresAt: new Date(Date.now() + 1_000).toISOString() } });
  await until("the key to expire", async () => (await use(short.key)).status === 401);
});

test("a body over the limit is 413, with and without an announced length", async () => {
  const response = await ask("x".repeat(2_000_001));
  expect([response.status, (await errorOf(response)).error.type]).toEqual([413, "request_too_large"]);
  const chunked = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key },
    body: new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 31; sent++) controller.enqueue(new Uint8Array(65_536));
        controller.close();
      },
    }),
    duplex: "half",
  });
  expect(chunked.status).toBe(413);
});

test("count_tokens and the models are passed on; probes are answered; the rest is not offered", async () => {
  script((response, _body, request) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ asked: request.url })));
  expect(await (await ask(prompt, { path: "/v1/messages/count_tokens" })).json()).toEqual({ asked: "/base/v1/messages/count_tokens" });
  const get = (path: string, method = "GET") => fetch(gateway.url + path, { method, headers: { "x-api-key": key } });
  expect(await (await get("/v1/models?limit=1000")).json()).toEqual({ asked: "/base/v1/models?limit=1000" });
  expect(await (await get("/v1/models/claude-x")).json()).toEqual({ asked: "/base/v1/models/claude-x" });
  expect([(await get("/", "HEAD")).status, (await get("/api/hello", "HEAD")).status, (await get("/health")).status]).toEqual([200, 200, 200]);
  const absent = await get("/v1/files");
  expect([absent.status, (await errorOf(absent)).error.type]).toEqual([404, "not_found_error"]);
  expect((await get("/v1/%ff")).status).toBe(404);
});

test("usage and cost of a job are in the books as soon as its request has ended: complete, failed and aborted", async () => {
  const { key: own } = await gateway.mint({ jobId: "job-1" });
  const as = { headers: { authorization: `Bearer ${own}`, "x-claude-code-session-id": "11111111-2222-3333-4444-555555555555" } };
  script((response) => response.writeHead(200, streamHeaders).end(wholeStream.join("")));
  await (await ask(stream, as)).text();
  expect(await gateway.usageOf("job-1")).toEqual({
    requests: 1,
    inputTokens: 100,
    outputTokens: 50,
    cacheReadTokens: 1_000,
    cacheWriteTokens: 0,
    costUsd: (100 * 4 + 50 * 20 + 1_000 * 0.2) / 1e6,
    unpricedRequests: 0,
    providers: ["anthropic"],
  });
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  await (await ask(prompt, as)).text();
  script((response) => response.writeHead(529, { "content-type": "application/json" }).end(upstreamError("overloaded_error", "no")));
  await (await ask(prompt, as)).text();
  script((response) => void response.writeHead(200, streamHeaders).write(wholeStream[0]));
  const leave = new AbortController();
  const left = await ask(stream, { ...as, signal: leave.signal });
  leave.abort();
  await expect(left.text()).rejects.toThrow("aborted");
  await until("the fourth booking", async () => (await gateway.usageOf("job-1")).requests === 4);
  const { rows } = await gateway.db.query(
    "select outcome, status, streamed, input_tokens::int as input, session_id, upstream_request_id, cost_usd from requests where job_id = 'job-1' order by started_at",
  );
  expect(rows).toMatchObject([
    { outcome: "completed", status: 200, streamed: true, input: 100, session_id: "11111111-2222-3333-4444-555555555555", upstream_request_id: "req_upstream" },
    { outcome: "completed", status: 200, streamed: false, input: 7 },
    { outcome: "failed", status: 503, input: 0, cost_usd: 0 },
    { outcome: "aborted", status: 200, input: 100 },
  ]);
});

test("no key, prompt or credential is in a log, a metric or the database", async () => {
  await gateway.usageOf();
  const tables =
    JSON.stringify((await gateway.db.query("select * from virtual_keys")).rows) + JSON.stringify((await gateway.db.query("select * from requests")).rows);
  for (const secret of [key, upstreamKey, "a prompt that no log shows"]) {
    expect(gateway.logged()).not.toContain(secret);
    expect(await gateway.metrics.text()).not.toContain(secret);
    expect(tables).not.toContain(secret);
  }
  expect(await gateway.metrics.text()).toMatch(/gateway_requests_total\{route="messages",provider="anthropic",status="200",outcome="completed"\} \d+/);
});

test("what is no HTTP at all is told so in Anthropic's shape", async () => {
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.write("GARBAGE\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"type":"invalid_request_error"/);
});

test("a gateway that stops ends its streams with an error event, and those who wait with 503", async () => {
  const other = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: upstream.url }, gateway.databaseUrl);
  let calls = 0;
  script((response) => {
    if (calls++ === 0) response.writeHead(200, streamHeaders).write(wholeStream[0]);
  });
  const use = () => fetch(`${other.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: JSON.stringify(stream) });
  const streaming = await use();
  const waiting = use();
  await until("both calls to reach the provider", () => calls === 2);
  other.gateway.stopExchanges();
  expect(await streaming.text()).toMatch(/event: error\ndata: .*gateway\.stopping.*\n\n$/);
  expect([(await waiting).status, (await waiting).headers.get("retry-after")]).toEqual([503, "1"]);
  await other.close();
});
