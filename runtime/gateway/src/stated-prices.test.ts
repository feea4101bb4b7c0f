import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { parseDocument } from "./gateway-document.ts";
import { costAt, StatedPrices, statedPrice } from "./stated-prices.ts";
import { startGateway, type TestGateway } from "./testing/fixtures.ts";
import { noUsage } from "./usage.ts";

const stated = (more: object = {}) => statedPrice.parse({ asOf: "2026-11-21", input: 2, output: 8, ...more });
const usage = { ...noUsage, inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6 };
const at = (prices: Record<string, ReturnType<typeof stated>>, more: object = {}) => ({
  kind: "openai",
  traits: {},
  prices: new StatedPrices(prices),
  ...more,
});

test("a stated price goes before the list, cached tokens cost as input unless told, and the answer's name goes before the asked one", () => {
  expect(costAt(at({ "claude-opus-5-5": stated() }), ["claude-opus-5-5"], usage)).toBe(2 + 8 + 2);
  expect(costAt(at({ "m-*": stated({ cacheRead: 0.5 }) }), ["m-2026-01-01", "m"], usage)).toBe(2 + 8 + 0.5);
  expect(costAt(at({ asked: stated(), answered: stated({ output: 1 }) }), ["answered", "asked"], usage)).toBe(2 + 1 + 2);
  expect(costAt(at({ asked: stated() }), ["answered", "asked"], usage)).toBe(12);
});

test("without one the list holds; what stands in neither is unknown, and a free provider stays free", () => {
  expect(costAt(at({}), ["claude-opus-5-5"], usage)).toBeCloseTo(24.2, 9);
  expect(costAt(at({ other: stated() }), ["unknown", undefined], usage)).toBeUndefined();
  expect(costAt(at({ x: stated() }, { traits: { isFree: true } }), ["x"], usage)).toBe(0);
});

test.each([
  { input: 1, output: 1 },
  { asOf: "lately", input: 1, output: 1 },
  { asOf: "2026-11-21", input: -1, output: 1 },
])("%j is no price", (price) => {
  const entry = { name: "a", kind: "openai", baseUrl: "http://127.0.0.1:1", prices: { m: price } };
  expect(() => parseDocument(JSON.stringify({ providers: [entry] }))).toThrow("prices");
});

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  const usageOfChat = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100, prompt_tokens_details: { cached_tokens: 400 } };
  const answer = {
    id: "c",
    object: "chat.completion",
    created: 1,
    choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  };
  upstream = await startUpstream((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: string };
      answerJson({ ...answer, model, usage: usageOfChat })(request, response);
    });
  });
  const provider = { name: "groq", kind: "openai", baseUrl: upstream.url, keys: [{ value: "k" }], prices: { "llama-*": stated({ cacheRead: 1 }) } };
  gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers: [provider] }) });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

test("the books have the stated cost of an OpenAI-compatible provider, and null, never 0, for a model without a price", async () => {
  const { id, key } = await gateway.mint();
  for (const model of ["llama-9", "mystery"]) {
    const body = JSON.stringify({ model, max_tokens: 10, messages: [{ role: "user", content: "hi" }] });
    const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("hi")]);
  }
  const { requests } = (await (await gateway.admin(`/admin/requests?keyId=${id}`)).json()) as { requests: { model: string; costUsd: number | null }[] };
  const costs = Object.fromEntries(requests.map(({ model, costUsd }) => [model, costUsd]));
  expect(costs["llama-9"]).toBeCloseTo((600 * 2 + 400 * 1 + 100 * 8) / 1e6, 12);
  expect(costs["mystery"]).toBeNull();
  expect((await gateway.usageOf()).unpricedRequests).toBe(1);
});
