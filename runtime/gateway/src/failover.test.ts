import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { error, faults, lateFaults, startFaultyUpstream, textOf, type Fault, type FaultName, type FaultyUpstream } from "./testing/faulty-upstream.ts";
import { event, startGateway, streamHeaders, type TestGateway } from "./testing/fixtures.ts";

let first: FaultyUpstream;
let second: FaultyUpstream;
let gateway: TestGateway;
let key: string;
const timeouts = { connectMs: 300, firstByteMs: 300, idleMs: 300, answerMs: 300 };

beforeAll(async () => {
  [first, second] = await Promise.all([startFaultyUpstream("first"), startFaultyUpstream("second")]);
  const models = { aliases: { "claude-renamed": "claude-own-name" } };
  const providers = [
    { name: "first", kind: "anthropic", label: "The first", baseUrl: first.url, keys: [{ value: "key-a" }, { value: "key-b" }], timeouts, models },
    { name: "second", kind: "bridge", label: "The second", baseUrl: second.url, keys: [{ value: "key-c" }], timeouts, models: { only: ["claude-*"] } },
  ];
  gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers }), PING_AFTER_MS: "100" });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([first.close(), second.close()]);
});
beforeEach(() => {
  count += 1;
  prompt = { ...prompt, messages: [{ role: "user", content: `hi ${count}` }] };
  stream = { ...prompt, stream: true };
  for (const upstream of [first, second]) {
    Object.assign(upstream, { plan: [], completed: [], bodies: [] });
    upstream.seen.length = 0;
  }
});
afterEach(async () => {
  await until("no call left open upstream", () => first.open() + second.open() === 0, { timeoutMs: 2_000 });
  await reset();
});

const reset = () => Promise.all(["first", "second"].map((name) => gateway.admin(`/admin/providers/${name}/reset`, { method: "POST" })));
// Each test has a prompt of its own, since a prompt whose stream broke is remembered.
let count = 0;
let prompt = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };
let stream = { ...prompt, stream: true };
const ask = (body: object = prompt, { path = "/v1/messages", ...init }: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {}) =>
  fetch(gateway.url + path, { method: "POST", body: JSON.stringify(body), ...init, headers: { "x-api-key": key, ...init.headers } });
const errorOf = async (response: Response) => ((await response.json()) as { error: { type: string; message: string; details?: { error_code: string } } }).error;
const said = (text: string) => [...text.matchAll(/"text_delta","text":"([^"]*)"/g)].map((match) => match[1]).join("");
const views = async () => ((await (await gateway.admin("/admin/providers")).json()) as { providers: Record<string, unknown>[] }).providers;
const keysAsked = (upstream: FaultyUpstream) => upstream.seen.map((request) => request.headers["x-api-key"]);
const bookings = async () => {
  await gateway.usageOf();
  const { rows } = await gateway.db.query<Record<string, unknown>>(
    "select provider, status, outcome, input_tokens::int as input, cost_usd from requests order by started_at",
  );
  return rows;
};

test.each(Object.keys(faults) as FaultName[])("a provider that %s is answered for by the next one, and the books know one answer", async (fault) => {
  for (const body of [prompt, stream]) {
    first.plan = [fault, fault];
    const before = (await bookings()).length;
    const response = await ask(body);
    const text = await response.text();
    expect([response.status, response.headers.get("content-type")?.split(";")[0]]).toEqual([200, body === stream ? "text/event-stream" : "application/json"]);
    expect(body === stream ? said(text) : (JSON.parse(text) as { content: { text: string }[] }).content[0]?.text).toBe(textOf("second"));
    expect((await bookings()).slice(before)).toMatchObject([{ provider: "second", status: 200, outcome: "completed", input: 100 }]);
    expect(text).not.toContain("acme-corp");
    await reset();
  }
});

test.each(Object.keys(lateFaults) as FaultName[])("a stream that %s ends with an error event; its repeat goes to the next provider", async (fault) => {
  first.plan = [fault];
  const text = (await (await ask(stream)).text()).replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "");
  const events = text.split("\n\n").filter((one) => one !== "");
  expect(events.at(-1)).toMatch(/^event: error\ndata: \{"type":"error"/);
  expect(events.every((one) => /^event: \w+\ndata: \{.*\}$/.test(one))).toBe(true);
  expect((await bookings()).at(-1)).toMatchObject({ provider: "first", outcome: "failed", status: 200, input: 100 });
  // The circuit would let it through to the other key; the memory of this very request does not.
  await reset();
  const repeat = await ask({ ...prompt, max_tokens: 64_000 });
  expect(repeat.headers.get("x-freehold-provider")).toBe("second");
  expect((await ask({ ...prompt, messages: [] })).headers.get("x-freehold-provider")).toBe("first");
});

test("a request that is at fault itself is asked of one provider alone, and its text comes back", async () => {
  first.plan = [error(400, "invalid_request_error", {}, "messages: at least one message is required")];
  const response = await ask();
  expect([response.status, (await errorOf(response)).message, second.seen.length]).toEqual([400, "messages: at least one message is required", 0]);
});

test("a key that is refused gives way to the next key of the same provider, and is not asked again", async () => {
  first.plan = ["answers 401"];
  expect((await ask()).headers.get("x-freehold-provider")).toBe("first");
  expect((await ask()).status).toBe(200);
  expect([keysAsked(first), keysAsked(second)]).toEqual([["key-a", "key-b", "key-b"], []]);
  expect((await views())[0]).toMatchObject({
    name: "first",
    state: "closed",
    lastError: { text: "401 authentication_error" },
    circuits: [{ key: 0, model: null, state: "open", failures: 1 }],
  });
});

test("a provider that can't be reached costs the next calls nothing until its probe, and one probe is made", async () => {
  const away = await startFaultyUpstream("away");
  await away.close();
  const providers = [
    { name: "away", kind: "anthropic", baseUrl: away.url, timeouts },
    { name: "second", kind: "anthropic", baseUrl: second.url, timeouts },
  ];
  const other = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers }) }, gateway.databaseUrl);
  const use = async () =>
    (await fetch(`${other.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: JSON.stringify(prompt) })).headers.get(
      "x-freehold-provider",
    );
  const attempts = async () => Number(/gateway_attempts_total\{provider="away",result="down"\} (\d+)/.exec(await other.metrics.text())?.[1]);
  expect(await use()).toBe("second");
  expect(await Promise.all(Array.from({ length: 10 }, use))).toEqual(Array.from({ length: 10 }, () => "second"));
  expect(await attempts()).toBe(1);
  const [view] = ((await (await other.admin("/admin/providers")).json()) as { providers: { state: string; nextProbeAt: string }[] }).providers;
  expect(view?.state).toBe("open");
  await until("the time of the probe", () => Date.now() > Date.parse(view?.nextProbeAt ?? ""), { everyMs: 20 });
  expect(await Promise.all(Array.from({ length: 10 }, use))).toEqual(Array.from({ length: 10 }, () => "second"));
  expect(await attempts()).toBe(2);
  await other.close();
});

test("when all are busy the caller is told the soonest end, and nobody is asked until then", async () => {
  first.plan = [error(429, "rate_limit_error", { "retry-after": "40" }), error(429, "rate_limit_error", { "retry-after": "50" })];
  second.plan = [error(429, "rate_limit_error", { "retry-after": "7" })];
  const told = async () => {
    const response = await ask();
    return [response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry"), (await errorOf(response)).type];
  };
  expect(await told()).toEqual([429, "7", null, "rate_limit_error"]);
  expect(await told()).toEqual([429, "7", null, "rate_limit_error"]);
  expect([first.seen.length, second.seen.length]).toEqual([2, 1]);
  // Another model has limits of its own.
  expect((await ask({ ...prompt, model: "claude-haiku-4-5" })).headers.get("x-freehold-provider")).toBe("first");
});

test.each([
  ["hours", "7200", "7200", "false"],
  ["minutes", "300", "60", null],
])("a limit of %s is told so that a client does the right thing", async (_name, asked, retryAfter, shouldRetry) => {
  const limited = error(429, "rate_limit_error", { "retry-after": asked });
  first.plan = [limited, limited];
  second.plan = [limited];
  for (const wave of ["asked", "not asked"]) {
    const response = await ask();
    expect([wave, response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry")]).toEqual([wave, 429, retryAfter, shouldRetry]);
  }
});

test("failures of all kinds are told by the one that passes soonest; without any such, waiting is not advised", async () => {
  first.plan = ["answers 401", "answers 529"];
  second.plan = ["answers 402"];
  const passing = await ask();
  expect([passing.status, passing.headers.get("retry-after"), (await errorOf(passing)).type]).toEqual([503, "1", "api_error"]);
  await reset();
  first.plan = ["answers 401", "answers 401"];
  second.plan = ["answers 402"];
  const lasting = await ask();
  expect([lasting.status, lasting.headers.get("x-should-retry")]).toEqual([401, "false"]);
  const again = await ask();
  expect([again.status, again.headers.get("x-should-retry"), (await errorOf(again)).details?.error_code]).toEqual([403, "false", "provider.account"]);
});

test("an empty balance is the owner's business: the text stays inside, and the next provider answers", async () => {
  const broke = error(400, "invalid_request_error", {}, "Your credit balance is too low to access the Anthropic API. Account acme-corp.");
  first.plan = [broke, broke];
  expect((await ask()).headers.get("x-freehold-provider")).toBe("second");
  await reset();
  first.plan = [broke, broke];
  second.plan = [broke];
  const response = await ask();
  expect([response.status, response.headers.get("x-should-retry")]).toEqual([403, "false"]);
  expect((await errorOf(response)).message).not.toContain("acme-corp");
});

test("what failed once is asked all the same when nobody else is left", async () => {
  first.plan = ["answers 500", "answers 500"];
  second.plan = ["answers 500"];
  expect((await ask()).status).toBe(500);
  const response = await ask();
  expect([response.status, response.headers.get("x-freehold-provider")]).toEqual([200, "first"]);
});

test("a stream that only pings gets through to the caller as pings, and then the next provider answers in it", async () => {
  first.plan = ["streams pings alone", "streams pings alone"];
  const text = await (await ask(stream)).text();
  expect(text.startsWith('event: ping\ndata: {"type": "ping"}\n\n')).toBe(true);
  expect([said(text), text.match(/event: message_start/g)?.length, text.match(/event: message_stop/g)?.length]).toEqual([textOf("second"), 1, 1]);
});

test("once pings have gone out, what would have been a status is an error event", async () => {
  first.plan = ["streams pings alone", "streams pings alone"];
  second.plan = ["answers 429 with a wait"];
  const response = await ask(stream);
  const text = await response.text();
  expect([response.status, text.replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "")]).toEqual([
    200,
    expect.stringMatching(/^event: error\ndata: \{"type":"error","error":\{"type":"\w+","message":"[^\n]+\}\n\n$/),
  ]);
});

test("an alias changes the model's bytes in the body and nothing else", async () => {
  await ask({ stream: false, model: "claude-renamed", future: [1.5, "ü"], messages: [] });
  expect(first.bodies.at(-1)?.toString()).toBe('{"stream":false,"model":"claude-own-name","future":[1.5,"ü"],"messages":[]}');
});

test("a model that a provider does not offer is not asked of it; one that nobody offers is 404 for good", async () => {
  first.plan = ["answers 503", "answers 503"];
  const response = await ask({ ...prompt, model: "gpt-5" });
  expect([response.status, second.seen.length]).toEqual([503, 0]);
  const only = await startGateway(
    { GATEWAY_CONFIG: JSON.stringify({ providers: [{ name: "a", kind: "anthropic", baseUrl: first.url, models: { only: ["claude-*"] } }] }) },
    gateway.databaseUrl,
  );
  const absent = await fetch(`${only.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: '{"model":"gpt-5"}' });
  expect([absent.status, absent.headers.get("x-should-retry"), (await errorOf(absent)).details?.error_code]).toEqual([404, "false", "model.not-offered"]);
  await only.close();
});

test("a beta value that a provider refuses is left out at once and from then on", async () => {
  const headers = { "anthropic-beta": "good-1,new-2" };
  first.plan = [error(400, "invalid_request_error", {}, "Unexpected value(s) `new-2` for the `anthropic-beta` header.")];
  expect((await ask(prompt, { headers })).headers.get("x-freehold-provider")).toBe("first");
  await ask(prompt, { headers });
  expect(first.seen.map((request) => [request.headers["x-api-key"], request.headers["anthropic-beta"]])).toEqual([
    ["key-a", "good-1,new-2"],
    ["key-a", "good-1"],
    ["key-a", "good-1"],
  ]);
});

test("what a broken attempt is known to have used is in the books of the one request", async () => {
  const brokenStart: Fault = ({ response, events }) =>
    void response.writeHead(200, streamHeaders).end(`${events[0]}${event("error", { error: { type: "overloaded_error", message: "no" } })}`);
  first.plan = [brokenStart, brokenStart];
  expect(said(await (await ask(stream)).text())).toBe(textOf("second"));
  expect((await bookings()).at(-1)).toMatchObject({ provider: "second", outcome: "completed", input: 300 });
});

test("counting tokens has circuits of its own", async () => {
  first.plan = ["answers 429 with a wait", "answers 429 with a wait"];
  expect((await ask(prompt, { path: "/v1/messages/count_tokens" })).headers.get("x-freehold-provider")).toBe("second");
  expect((await ask()).headers.get("x-freehold-provider")).toBe("first");
});

test("a caller who leaves while the second provider works frees it, and is booked once", async () => {
  first.plan = ["answers 500", "answers 500"];
  second.plan = ["hangs"];
  const before = (await bookings()).length;
  const leave = new AbortController();
  const asked = ask(prompt, { signal: leave.signal });
  await until("the second provider to be asked", () => second.open() === 1, { everyMs: 2 });
  leave.abort();
  await expect(asked).rejects.toThrow("aborted");
  await until("the second provider to be freed", () => second.open() === 0, { everyMs: 2, timeoutMs: 200 });
  await until("the booking", async () => (await bookings()).length > before);
  expect((await bookings()).slice(before)).toMatchObject([{ provider: "second", outcome: "aborted", status: 499 }]);
  // Who was left unanswered is not to blame.
  expect((await views())[1]).toMatchObject({ name: "second", state: "closed", circuits: [] });
});

test("an answer that is complete is not held up by a provider that does not close the connection", async () => {
  first.plan = [({ response, events }) => void response.writeHead(200, streamHeaders).write(events.join(""))];
  expect(said(await (await ask(stream)).text())).toBe(textOf("first"));
  await until("the provider to be freed", () => first.open() === 0, { timeoutMs: 3_000 });
});

test("only the owner closes a circuit by hand", async () => {
  expect((await gateway.admin("/admin/providers/nobody/reset", { method: "POST" })).status).toBe(404);
  expect((await fetch(`${gateway.url}/admin/providers/first/reset`, { method: "POST", headers: { "x-api-key": key } })).status).toBe(401);
});
