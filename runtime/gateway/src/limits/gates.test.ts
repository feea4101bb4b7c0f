import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { answering, startGateway, wholeMessage, type TestGateway } from "../testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;

/** One provider whose own limits a test sets, and one without. */
const configOf = (limits: object) =>
  JSON.stringify({
    providers: [
      { name: "limited", kind: "anthropic", baseUrl: upstream.url, limits, models: { only: ["claude-haiku-4-5"] } },
      { name: "open", kind: "anthropic", baseUrl: upstream.url, models: { only: ["claude-opus-*"] } },
    ],
  });

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({ GATEWAY_CONFIG: configOf({ concurrent: 2 }), LIMIT_WAIT_MS: "2000", LIMIT_QUEUE: "20", RESERVED_OUTPUT_TOKENS: "1000" });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
  answer();
});
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 4_000 }));

const json = { "content-type": "application/json" };
/** Answers at once, with a usage. */
function answer(usage: object = { input_tokens: 7, output_tokens: 3 }, headers: Record<string, string> = {}): void {
  upstream.answer(answering((response) => void response.writeHead(200, { ...json, ...headers }).end(JSON.stringify({ ...wholeMessage, usage }))));
}
/** Answers when the test says so, in the order of arrival. */
function hold() {
  const waiting: { model: string; user: string; response: ServerResponse }[] = [];
  upstream.answer(
    answering((response, body) => {
      const { model, user } = JSON.parse(body.toString()) as { model: string; user: string };
      waiting.push({ model, user, response });
    }),
  );
  const let_ = (one: { response: ServerResponse } | undefined) => one?.response.writeHead(200, json).end(JSON.stringify(wholeMessage));
  return { waiting, letGo: () => let_(waiting.shift()) };
}

const ask = (key: string, body: object = {}, signal?: AbortSignal) =>
  fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 100, messages: [], ...body }),
    ...(signal && { signal }),
  });
const told = async (response: Response) => {
  const { error } = (await response.json()) as { error?: { type: string; message: string; details: { error_code: string } } };
  return { status: response.status, type: error?.type, code: error?.details.error_code, retry: response.headers.get("x-should-retry") };
};

test("a key's requests a minute are exactly its limit for 50 callers at once, and its answers say what is left", async () => {
  const { key } = await gateway.mint({ limits: { requestsPerMinute: 20 } });
  const responses = await Promise.all(Array.from({ length: 50 }, () => ask(key)));
  const good = responses.filter(({ status }) => status === 200);
  expect([good.length, upstream.seen.length]).toEqual([20, 20]);
  expect(good.map((response) => Number(response.headers.get("anthropic-ratelimit-requests-remaining"))).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 20 }, (_, left) => left),
  );
  expect(good[0]?.headers.get("anthropic-ratelimit-requests-limit")).toBe("20");
  expect(Date.parse(good[0]?.headers.get("anthropic-ratelimit-requests-reset") ?? "")).toBeGreaterThan(Date.now() + 30_000);
  const refused = responses.find(({ status }) => status !== 200) as Response;
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  expect(await told(refused)).toEqual({ status: 429, type: "rate_limit_error", code: "limit.reached", retry: null });
});

test("tokens are reserved by the request and settled by the answer; what was read from a prompt cache does not count", async () => {
  const { key } = await gateway.mint({ limits: { inputTokensPerMinute: 1_000, outputTokensPerMinute: 1_000 } });
  answer({ input_tokens: 300, cache_read_input_tokens: 50_000, cache_creation_input_tokens: 100, output_tokens: 700 });
  const first = await ask(key, { max_tokens: 900 });
  expect(first.headers.get("anthropic-ratelimit-output-tokens-remaining")).toBe("100");
  await first.text();
  const second = await ask(key, { max_tokens: 200 });
  expect([
    second.status,
    second.headers.get("anthropic-ratelimit-output-tokens-remaining"),
    second.headers.get("anthropic-ratelimit-input-tokens-remaining"),
  ]).toEqual([200, "100", expect.stringMatching(/^5\d\d$/)]);
  await second.text();
  expect((await ask(key, { max_tokens: 200 })).status).toBe(429);
});

test("calls over the number that may run at once wait their turn, and one that waits too long is told when to come back", async () => {
  const { key } = await gateway.mint({ limits: { concurrent: 1 } });
  const { waiting, letGo } = hold();
  const first = ask(key);
  await until("the first call", () => waiting.length === 1);
  const second = ask(key);
  await until("the second to wait", async () => /gateway_limit_waiting\{of="key"\} 1/.test(await gateway.metrics.text()));
  expect(waiting.length).toBe(1);
  letGo();
  expect((await first).status).toBe(200);
  await until("the second call", () => waiting.length === 1);
  const third = await ask(key);
  expect([third.headers.get("retry-after"), await told(third)]).toEqual(["1", { status: 429, type: "rate_limit_error", code: "limit.reached", retry: null }]);
  letGo();
  expect((await second).status).toBe(200);
});

test("who leaves while it waits gives its place up, and nothing of it is left", async () => {
  const { key, id } = await gateway.mint({ limits: { concurrent: 1 } });
  const { waiting, letGo } = hold();
  const first = ask(key);
  await until("the first call", () => waiting.length === 1);
  const leave = new AbortController();
  const second = ask(key, {}, leave.signal);
  await until("the second to wait", async () => /gateway_limit_waiting\{of="key"\} 1/.test(await gateway.metrics.text()));
  leave.abort();
  await expect(second).rejects.toThrow("aborted");
  await until("it to be gone", async () => /gateway_limit_waiting\{of="key"\} 0/.test(await gateway.metrics.text()));
  letGo();
  await (await first).text();
  answer();
  expect((await ask(key)).status).toBe(200);
  await gateway.usageOf();
  expect((await gateway.db.query("select 1 from requests where key_id = $1", [id])).rows.length).toBe(2);
});

test("a provider's limit is shared fairly: keys take turns, however many calls one of them has", async () => {
  const { waiting, letGo } = hold();
  const keys = [await gateway.mint(), await gateway.mint(), await gateway.mint()];
  const haiku = (user: string) => ask(keys[Number(user[0])]?.key ?? "", { model: "claude-haiku-4-5", user });
  const asked = [haiku("0-a"), haiku("0-b")];
  await until("the provider to be full", () => waiting.length === 2);
  const line = async (user: string, count: number) => {
    asked.push(haiku(user));
    await until(`${user} to wait`, async () => new RegExp(`gateway_limit_waiting\\{of="provider"\\} ${count}$`, "m").test(await gateway.metrics.text()));
  };
  for (const [index, user] of ["0-c", "0-d", "0-e", "1-a", "1-b", "2-a"].entries()) await line(user, index + 1);
  const order: string[] = [];
  for (let round = 0; round < 8; round++) {
    await until("a call", () => waiting.length > 0);
    order.push((waiting[0] as { user: string }).user);
    letGo();
  }
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(order).toEqual(["0-a", "0-b", "0-c", "1-a", "2-a", "0-d", "1-b", "0-e"]);
});

test("a provider that is full and stays so is told of with 429 and a wait", async () => {
  const { waiting, letGo } = hold();
  const { key } = await gateway.mint();
  const haiku = () => ask(key, { model: "claude-haiku-4-5" });
  const running = [haiku(), haiku()];
  await until("the provider to be full", () => waiting.length === 2);
  const third = await haiku();
  expect([third.headers.get("retry-after"), await told(third)]).toEqual(["1", { status: 429, type: "rate_limit_error", code: "provider.busy", retry: null }]);
  letGo();
  letGo();
  await Promise.all(running);
});

test("what a provider says of its own limits is kept to before it has to refuse", async () => {
  const { key } = await gateway.mint();
  const model = "claude-opus-4-8";
  const limits = {
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": new Date(Date.now() + 60_000).toISOString(),
  };
  answer(undefined, limits);
  const first = await ask(key, { model });
  expect([first.status, first.headers.get("anthropic-ratelimit-requests-limit")]).toEqual([200, null]);
  const began = Date.now();
  expect((await ask(key, { model })).status).toBe(200);
  expect(Date.now() - began).toBeGreaterThan(500);
  // Another model has limits of its own.
  const other = Date.now();
  await ask(key, { model: "claude-opus-4-7" });
  expect(Date.now() - other).toBeLessThan(500);
});

test("a budget is kept to by 50 callers at once, warned of, and refused as clients understand it", async () => {
  // 1,000 input tokens at $4 a million: 0.4 cents each.
  answer({ input_tokens: 1_000, output_tokens: 0 });
  const { key, id } = await gateway.mint({ budget: { dayUsd: 0.04, warnPercent: 50 } });
  const each = { max_tokens: 1, system: "x".repeat(3_950) };
  await Promise.all(Array.from({ length: 50 }, () => ask(key, each)));
  const { use } = (await (await gateway.admin(`/admin/keys/${id}`)).json()) as { use: { dayUsd: number; monthUsd: number; requestsToday: number } };
  expect(use.dayUsd).toBeLessThanOrEqual(0.04);
  expect(use.dayUsd).toBeGreaterThan(0.03);
  expect(use.requestsToday).toBe(Math.round(use.dayUsd / 0.004));
  const refused = await ask(key, { ...each, system: "x".repeat(40_000) });
  const midnight = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400;
  expect(
    Object.fromEntries(["status", "reset", "overage-disabled-reason"].map((name) => [name, refused.headers.get(`anthropic-ratelimit-unified-${name}`)])),
  ).toEqual({
    status: "rejected",
    reset: String(midnight),
    "overage-disabled-reason": "org_spend_cap_reached",
  });
  expect(Math.abs(Number(refused.headers.get("retry-after")) - (midnight - Date.now() / 1_000))).toBeLessThan(5);
  expect(await told(refused)).toEqual({ status: 429, type: "billing_error", code: "budget.reached", retry: "false" });
  expect(
    gateway
      .logged()
      .split("\n")
      .filter((line) => line.includes("budget.nearly-used") && line.includes(id)).length,
  ).toBe(1);
  expect(await gateway.metrics.text()).toMatch(/gateway_budget_warnings_total\{period="day"\} [1-9]/);
});

test("a warning stands in the answers from the chosen share on", async () => {
  answer({ input_tokens: 1_000, output_tokens: 0 });
  const { key } = await gateway.mint({ budget: { dayUsd: 1, monthUsd: 0.01, warnPercent: 40 } });
  const warned = async () => (await ask(key, { max_tokens: 1 })).headers.get("x-freehold-budget-warning");
  expect([await warned(), await warned()]).toEqual([null, "40% of $0.01 a month used"]);
});

test("a gateway that starts sums up what the books have, so that nothing is forgotten", async () => {
  answer({ input_tokens: 1_000, output_tokens: 0 });
  const { key } = await gateway.mint({ budget: { monthUsd: 0.009 }, limits: { requestsPerDay: 3 } });
  await (await ask(key, { max_tokens: 1 })).text();
  await (await ask(key, { max_tokens: 1 })).text();
  await gateway.usageOf();
  const other = await startGateway({ GATEWAY_CONFIG: configOf({}) }, gateway.databaseUrl);
  const post = (more: object) =>
    fetch(`${other.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": key },
      body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 1, messages: [], ...more }),
    });
  expect(await told(await post({ system: "x".repeat(4_000) }))).toMatchObject({ code: "budget.reached" });
  answer({ input_tokens: 1, output_tokens: 0 });
  expect((await post({})).status).toBe(200);
  expect(await told(await post({}))).toEqual({ status: 429, type: "rate_limit_error", code: "limit.day", retry: "false" });
  await other.close();
});

test("a key may use the models and providers it is for and no others", async () => {
  const { key } = await gateway.mint({ models: ["claude-opus-*"], providers: ["open"] });
  expect((await ask(key)).headers.get("x-freehold-provider")).toBe("open");
  expect(await told(await ask(key, { model: "claude-haiku-4-5" }))).toEqual({
    status: 400,
    type: "invalid_request_error",
    code: "scope.model",
    retry: "false",
  });
  // Which of two a provider would take is not known, so neither is.
  const twice = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key },
    body: '{"model":"claude-haiku-4-5","model":"claude-opus-5-5"}',
  });
  expect(await told(twice)).toMatchObject({ code: "scope.model" });
  const { key: elsewhere } = await gateway.mint({ providers: ["limited"] });
  expect((await ask(elsewhere)).status).toBe(404);
  const { key: nowhere } = await gateway.mint({ providers: ["gone"] });
  expect(await told(await ask(nowhere))).toEqual({ status: 403, type: "permission_error", code: "scope.provider", retry: "false" });
});

test("a key without rules costs no reservation", async () => {
  const { key } = await gateway.mint();
  const before = /gateway_limit_reserve_seconds_count\{of="key"\} (\d+)/.exec(await gateway.metrics.text())?.[1];
  expect((await ask(key)).status).toBe(200);
  expect(/gateway_limit_reserve_seconds_count\{of="key"\} (\d+)/.exec(await gateway.metrics.text())?.[1]).toBe(before);
});
