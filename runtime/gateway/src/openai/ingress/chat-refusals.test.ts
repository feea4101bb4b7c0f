import { afterAll, afterEach, expect, test } from "@jest/globals";
import OpenAI from "openai";
import { until } from "../../../../../tests/support/until.ts";
import { openClaudeScene, refusalOf } from "../../testing/claude-scene.ts";

const scene = await openClaudeScene({ PING_AFTER_MS: "60", UPSTREAM_IDLE_TIMEOUT_MS: "400" });
const { upstream, gateway, key, client, json, onFreshGateway } = scene;
afterAll(() => scene.close());
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 }));

const user = { role: "user" as const, content: "hi" };

test.each([
  ["n", { n: 2 }],
  ["logprobs", { logprobs: true }],
  ["top_logprobs", { top_logprobs: 2 }],
  ["logit_bias", { logit_bias: { 1: 1 } }],
  ["frequency_penalty", { frequency_penalty: 0.5 }],
  ["presence_penalty", { presence_penalty: 0.5 }],
  ["seed", { seed: 1 }],
  ["audio", { audio: { voice: "alloy", format: "mp3" } }],
  ["modalities", { modalities: ["text", "audio"] }],
  ["prediction", { prediction: { type: "content", content: "a" } }],
  ["functions", { functions: [{ name: "a" }] }],
  ["web_search_options", { web_search_options: {} }],
  ["verbosity", { verbosity: "low" }],
  ["store", { store: true }],
  ["service_tier", { service_tier: "flex" }],
  ["temperature", { temperature: 1.5 }],
  ["response_format.type", { response_format: { type: "json_object" } }],
  ["tools.0.type", { tools: [{ type: "custom", custom: { name: "a" } }] }],
  [
    "tool_choice",
    { tools: [{ type: "function", function: { name: "a" } }], tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } } },
  ],
  ["messages.0.content.0.type", { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "", format: "wav" } }] }] }],
  ["messages.0.content.0.image_url.url", { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://example.org/a.png" } }] }] }],
  ["messages.0.content.0.file.file_id", { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }] }],
  ["messages.0.name", { messages: [{ role: "user", content: "a", name: "Ann" }] }],
  ["messages.0.role", { messages: [{ role: "function", content: "a", name: "f" }] }],
  ["brand_new", { brand_new: true }],
])("what can't be translated is refused by its name: %s", async (param, more) => {
  const before = upstream.seen.length;
  const error = await refusalOf(
    client.chat.completions.create({ model: "claude-opus-5-5", messages: [user], ...more } as OpenAI.ChatCompletionCreateParamsNonStreaming),
  );
  expect([error.status, error.param, error.code, error.type]).toEqual([400, param, "unsupported_parameter", "invalid_request_error"]);
  expect(error.message).toContain(`${param}: `);
  expect(upstream.seen.length).toBe(before);
});

test.each([
  ["messages", { messages: [] }],
  ["messages.0.role", { messages: [{ role: "narrator", content: "a" }] }],
  [
    "messages.1.tool_calls.0.function.arguments",
    { messages: [user, { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "[1]" } }] }] },
  ],
  ["tools.0.function.name", { tools: [{ type: "function", function: { name: "a b" } }] }],
  ["max_tokens", { max_tokens: 0 }],
  ["tool_choice", { tool_choice: "required" }],
  ["model", { model: 7 }],
])("what is wrong is refused by its name: %s", async (param, more) => {
  const error = await refusalOf(
    client.chat.completions.create({ model: "claude-opus-5-5", messages: [user], ...more } as OpenAI.ChatCompletionCreateParamsNonStreaming),
  );
  expect([error.status, error.param, error.code]).toEqual([400, param, "invalid_value"]);
});

test("a body that is no JSON object is refused in the caller's dialect", async () => {
  for (const body of ["{", "[]", "null", ""]) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "body", type: "invalid_request_error" } }]);
  }
});

test.each([
  [400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", { status: 400, code: "context_length_exceeded", type: "invalid_request_error" }],
  [401, "authentication_error", "x", { status: 401, code: "invalid_api_key" }],
  [402, "billing_error", "x", { status: 402, code: "insufficient_quota", type: "insufficient_quota" }],
  [404, "not_found_error", "x", { status: 404, code: "model_not_found" }],
  [413, "request_too_large", "x", { status: 413, code: "request_too_large" }],
  [429, "rate_limit_error", "x", { status: 429, code: "rate_limit_exceeded", type: "rate_limit_error" }],
  [500, "api_error", "x", { status: 500, type: "server_error" }],
  [529, "overloaded_error", "x", { status: 503, type: "server_error" }],
])("a provider's %i comes in OpenAI's shape, with its advice", async (status, type, text, told) => {
  json({ type: "error", error: { type, message: text } }, status, { "retry-after": "7" });
  await onFreshGateway(async (client) => {
    const error = await refusalOf(client.chat.completions.create({ model: "claude-opus-5-5", messages: [user] }));
    expect(error).toMatchObject(told);
    expect(error.requestID).toBe("req_up");
    expect(error.headers?.get("x-should-retry")).toBe([401, 402].includes(status) ? "false" : null);
    if (status >= 429) expect(error.headers?.get("retry-after")).toBe("7");
  });
});

test("a key of nobody is refused at once and without a retry", async () => {
  const stranger = new OpenAI({ apiKey: "fh_wrong", baseURL: `${gateway.url}/v1`, maxRetries: 2 });
  const before = upstream.seen.length;
  const error = await refusalOf(stranger.chat.completions.create({ model: "claude-opus-5-5", messages: [user] }));
  expect([error.status, error.code, error.headers?.get("x-should-retry"), upstream.seen.length]).toEqual([401, "invalid_api_key", "false", before]);
});

test("what is not offered is refused in OpenAI's shape", async () => {
  const error = await refusalOf(client.embeddings.create({ model: "a", input: "b" }));
  expect([error.status, error.code]).toEqual([404, "request.no-route"]);
  const stored = await refusalOf(client.responses.retrieve("resp_1"));
  expect([stored.status, /not stored/.test(stored.message)]).toEqual([404, true]);
});
