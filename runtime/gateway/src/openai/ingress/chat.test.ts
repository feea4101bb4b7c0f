import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { startUpstream, type ScriptedUpstream } from "../../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../../tests/support/until.ts";
import { answering, event, startGateway, streamHeaders, upstreamKey, type TestGateway } from "../../testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let client: OpenAI;
let key: string;

const environment = () => ({
  ANTHROPIC_API_KEY: upstreamKey,
  ANTHROPIC_BASE_URL: upstream.url,
  PING_AFTER_MS: "60",
  UPSTREAM_IDLE_TIMEOUT_MS: "400",
});

/** A gateway whose circuits a fault may open without harm to other tests. */
async function onFreshGateway(work: (client: OpenAI) => Promise<void>): Promise<void> {
  const fresh = await startGateway(environment(), gateway.databaseUrl);
  try {
    await work(new OpenAI({ apiKey: key, baseURL: `${fresh.url}/v1`, maxRetries: 0 }));
  } finally {
    await fresh.close();
  }
}

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway(environment());
  ({ key } = await gateway.mint());
  client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 }));

const user = { role: "user" as const, content: "hi" };
let sent: Record<string, unknown> = {};
let sentHeaders: Record<string, unknown> = {};
const script = (answer: (response: ServerResponse) => void) =>
  upstream.answer(
    answering((response, body, request) => {
      sent = JSON.parse(body.toString("utf8")) as typeof sent;
      sentHeaders = { ...request.headers, url: request.url };
      answer(response);
    }),
  );
const json = (body: object, status = 200, headers: Record<string, string> = {}) =>
  script((response) => response.writeHead(status, { "content-type": "application/json", "request-id": "req_up", ...headers }).end(JSON.stringify(body)));
const usage = {
  input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 7,
  output_tokens: 30,
  output_tokens_details: { thinking_tokens: 12 },
};
const message = (content: object[], more: object = {}) => ({
  id: "msg_01abc",
  type: "message",
  role: "assistant",
  model: "claude-opus-5-5",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage,
  ...more,
});
const events = (...all: string[]) => script((response) => response.writeHead(200, streamHeaders).end(all.join("")));
const started = event("message_start", { message: message([], { stop_reason: null, usage: { ...usage, output_tokens: 1 } }) });
const block = (index: number, content_block: object, ...deltas: object[]) =>
  event("content_block_start", { index, content_block }) +
  deltas.map((delta) => event("content_block_delta", { index, delta })).join("") +
  event("content_block_stop", { index });
const ended = (stop_reason: string, more: object = {}) =>
  event("message_delta", { delta: { stop_reason, ...more }, usage: { output_tokens: 30, output_tokens_details: { thinking_tokens: 12 } } }) +
  event("message_stop");
const refused = async (asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
  try {
    await asked;
  } catch (thrown) {
    if (thrown instanceof OpenAI.APIError) return thrown;
    throw thrown;
  }
  throw new Error("It was not refused.");
};

test("a whole conversation with tools, images and instructions reaches Anthropic in its own words", async () => {
  json(message([{ type: "text", text: "done" }]));
  const { data, request_id } = await client.chat.completions
    .create({
      model: "claude-opus-5-5",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: [{ type: "text", text: "Be kind." }] },
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            { type: "image_url", image_url: { url: "https://example.org/a.png", detail: "high" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } },
            { id: "functions.weather:2", type: "function", function: { name: "weather", arguments: "" } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "rain" },
        { role: "tool", tool_call_id: "functions.weather:2", content: [{ type: "text", text: "sun" }] },
        { role: "system", content: "It is late." },
        { role: "user", content: "And now?" },
      ],
      tools: [
        {
          type: "function",
          function: { name: "weather", description: "Tells it", parameters: { type: "object", properties: { city: { type: "string" } } }, strict: true },
        },
      ],
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
      max_completion_tokens: 500,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
      reasoning_effort: "high",
      user: "u-1",
      prompt_cache_key: "k",
      n: 1,
      frequency_penalty: 0,
    })
    .withResponse();
  expect([data.choices[0]?.message.content, request_id]).toEqual(["done", "req_up"]);
  expect(sentHeaders).toMatchObject({ url: "/v1/messages", "anthropic-version": "2023-06-01", "content-type": "application/json", "x-api-key": upstreamKey });
  expect(sentHeaders["authorization"]).toBeUndefined();
  expect(sent).toEqual({
    model: "claude-opus-5-5",
    max_tokens: 500,
    system: [
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" }, title: "a.pdf" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "call_1", name: "weather", input: { city: "Bern" } },
          { type: "tool_use", id: "call_functions_2eweather_3a2", name: "weather", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "rain" }] },
          { type: "tool_result", tool_use_id: "call_functions_2eweather_3a2", content: [{ type: "text", text: "sun" }] },
        ],
      },
      { role: "system", content: [{ type: "text", text: "It is late." }] },
      { role: "user", content: [{ type: "text", text: "And now?" }] },
    ],
    tools: [{ name: "weather", description: "Tells it", input_schema: { type: "object", properties: { city: { type: "string" } } }, strict: true }],
    tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true },
    stop_sequences: ["END"],
    temperature: 0.5,
    top_p: 0.9,
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
    metadata: { user_id: "u-1" },
    cache_control: { type: "ephemeral" },
  });
});

test("a whole answer comes with its thinking, its calls and its usage, cached tokens included", async () => {
  const content = [
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "redacted_thinking", data: "opaque" },
    { type: "text", text: "I ask." },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bern" } },
    { type: "tool_use", id: "toolu_2", name: "clock", input: {} },
  ];
  json(message(content, { stop_reason: "tool_use" }));
  const answer = await client.chat.completions.create({ model: "claude-opus-5-5", messages: [user] });
  expect(answer).toMatchObject({
    id: "chatcmpl-01abc",
    object: "chat.completion",
    model: "claude-opus-5-5",
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: "I ask.",
          refusal: null,
          reasoning_content: "Hm.",
          tool_calls: [
            { id: "toolu_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } },
            { id: "toolu_2", type: "function", function: { name: "clock", arguments: "{}" } },
          ],
        },
      },
    ],
    usage: {
      prompt_tokens: 117,
      completion_tokens: 30,
      total_tokens: 147,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 12 },
    },
  });
  await client.chat.completions.create({
    model: "claude-opus-5-5",
    messages: [
      user,
      answer.choices[0]!.message,
      { role: "tool", tool_call_id: "toolu_1", content: "rain" },
      { role: "tool", tool_call_id: "toolu_2", content: "12" },
    ],
  });
  expect((sent["messages"] as { content: unknown }[])[1]?.content).toEqual(content);
});

test("a stream comes as chunks that the official client puts together: text, thinking, parallel calls, usage", async () => {
  events(
    started,
    event("ping"),
    block(0, { type: "thinking", thinking: "", signature: "" }, { type: "thinking_delta", thinking: "Hm" }, { type: "signature_delta", signature: "sig" }),
    block(1, { type: "text", text: "" }, { type: "text_delta", text: "Hé" }, { type: "text_delta", text: "llo" }),
    block(
      2,
      { type: "tool_use", id: "toolu_1", name: "weather", input: {} },
      { type: "input_json_delta", partial_json: '{"city":' },
      { type: "input_json_delta", partial_json: '"Bern"}' },
    ),
    block(3, { type: "tool_use", id: "toolu_2", name: "clock", input: {} }, { type: "input_json_delta", partial_json: "" }),
    ended("tool_use"),
  );
  const stream = client.chat.completions.stream({ model: "claude-opus-5-5", messages: [user], stream_options: { include_usage: true } });
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const whole = await stream.finalChatCompletion();
  expect(whole.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: {
      role: "assistant",
      content: "Héllo",
      tool_calls: [
        { id: "toolu_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } },
        { id: "toolu_2", type: "function", function: { name: "clock", arguments: "{}" } },
      ],
    },
  });
  expect(whole.usage).toMatchObject({ prompt_tokens: 117, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 100 } });
  expect(chunks.at(-1)?.choices).toEqual([]);
  expect(chunks.map((chunk) => (chunk.choices[0]?.delta as { reasoning_content?: string })?.reasoning_content ?? "").join("")).toBe("Hm");
  expect(sent["stream"]).toBe(true);
});

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
])("the end %s is told as %s, and a stream without a wish for usage has none", async (stop, finish) => {
  events(
    started,
    block(0, { type: "text", text: "" }, { type: "text_delta", text: "a" }),
    ended(stop, { stop_details: { type: "refusal", explanation: "Not this." } }),
  );
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await client.chat.completions.create({ model: "claude-opus-5-5", messages: [user], stream: true })) chunks.push(chunk);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(finish);
  expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.refusal ?? "").join("")).toBe("Not this.");
});

test("a structured answer is asked for by Anthropic's own means and parsed by the official client", async () => {
  json(message([{ type: "text", text: '{"city":"Bern"}' }]));
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
  const answer = await client.chat.completions.parse({
    model: "claude-opus-5-5",
    messages: [user],
    response_format: { type: "json_schema", json_schema: { name: "city", strict: true, schema } },
  });
  expect(answer.choices[0]?.message.parsed).toEqual({ city: "Bern" });
  expect(sent["output_config"]).toEqual({ format: { type: "json_schema", schema } });
});

test.each([
  ["claude-haiku-4-5-20251001", "low", 8_000, { type: "enabled", budget_tokens: 4_096 }, undefined],
  ["claude-sonnet-4-20250514", "max", 20_000, { type: "enabled", budget_tokens: 16_000 }, undefined],
  ["claude-opus-5-5", "minimal", 8_000, { type: "adaptive" }, { effort: "low" }],
  ["claude-opus-5-5", "none", 8_000, { type: "disabled" }, undefined],
] as const)("%s thinks with effort %s as it can", async (model, effort, limit, thinking, config) => {
  json(message([{ type: "text", text: "a" }]));
  await client.chat.completions.create({ model, messages: [user], reasoning_effort: effort, max_tokens: limit });
  expect([sent["thinking"], sent["output_config"], sent["max_tokens"]]).toEqual([thinking, config, limit]);
});

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
  const error = await refused(
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
  const error = await refused(
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

test("what has no effect and harms nothing is named in a header", async () => {
  json(message([{ type: "text", text: "a" }]));
  const { response } = await client.chat.completions
    .create({ model: "claude-opus-5-5", messages: [user], metadata: { a: "b" }, prompt_cache_retention: "24h" })
    .withResponse();
  expect(response.headers.get("x-freehold-ignored")).toBe("metadata, prompt_cache_retention");
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
    const error = await refused(client.chat.completions.create({ model: "claude-opus-5-5", messages: [user] }));
    expect(error).toMatchObject(told);
    expect(error.requestID).toBe("req_up");
    expect(error.headers?.get("x-should-retry")).toBe([401, 402].includes(status) ? "false" : null);
    if (status >= 429) expect(error.headers?.get("retry-after")).toBe("7");
  });
});

test("a key of nobody is refused at once and without a retry", async () => {
  const stranger = new OpenAI({ apiKey: "fh_wrong", baseURL: `${gateway.url}/v1`, maxRetries: 2 });
  const before = upstream.seen.length;
  const error = await refused(stranger.chat.completions.create({ model: "claude-opus-5-5", messages: [user] }));
  expect([error.status, error.code, error.headers?.get("x-should-retry"), upstream.seen.length]).toEqual([401, "invalid_api_key", "false", before]);
});

test.each([
  ["is cut", (response: ServerResponse) => void setTimeout(() => response.destroy(), 20)],
  ["ends early", (response: ServerResponse) => void response.end()],
  ["falls silent", () => {}],
  ["tells of an error", (response: ServerResponse) => void response.end(event("error", { error: { type: "overloaded_error", message: "no" } }))],
])("a stream that %s ends with an error that the official client throws, and without [DONE]", async (_how, end) => {
  script((response) => {
    response.writeHead(200, streamHeaders).write(started + event("content_block_start", { index: 0, content_block: { type: "text", text: "par" } }));
    end(response);
  });
  await onFreshGateway(async (client) => {
    let text = "";
    const asked = async () => {
      const chunks = await client.chat.completions.create({ model: "claude-opus-5-5", messages: [user], stream: true });
      for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? "";
    };
    const error = await refused(asked());
    expect([text, error.type]).toEqual(["par", "server_error"]);
  });
});

test("silence in a stream is filled with comments", async () => {
  script((response) => {
    response.writeHead(200, streamHeaders).write(started);
    setTimeout(() => response.end(block(0, { type: "text", text: "a" }) + ended("end_turn")), 200);
  });
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "claude-opus-5-5", messages: [user], stream: true }),
  });
  const text = await response.text();
  expect(text).toContain(": ping\n\n");
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
});

test("a caller who leaves frees the provider within 100 ms", async () => {
  script((response) => void response.writeHead(200, streamHeaders).write(started));
  const stream = await client.chat.completions.create({ model: "claude-opus-5-5", messages: [user], stream: true });
  await until("the call to reach the provider", () => upstream.open() === 1, { everyMs: 2 });
  const left = performance.now();
  stream.controller.abort();
  await until("the provider to be freed", () => upstream.open() === 0, { everyMs: 2 });
  expect(performance.now() - left).toBeLessThan(100);
});

test("a client's own time-out frees the provider, and its retry succeeds", async () => {
  let calls = 0;
  script((response) => {
    calls += 1;
    if (calls === 2) response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(message([{ type: "text", text: "late" }])));
  });
  const answer = await client.chat.completions.create({ model: "claude-opus-5-5", messages: [user] }, { timeout: 150, maxRetries: 1 });
  expect([answer.choices[0]?.message.content, calls]).toEqual(["late", 2]);
});

test("the books have the tokens of a translated request", async () => {
  const { key: own } = await gateway.mint({ jobId: "chat-job" });
  events(started, block(0, { type: "text", text: "a" }), ended("end_turn"));
  const stream = await client.withOptions({ apiKey: own }).chat.completions.create({ model: "claude-opus-5-5", messages: [user], stream: true });
  for await (const _chunk of stream) continue;
  expect(await gateway.usageOf("chat-job")).toMatchObject({ requests: 1, inputTokens: 10, cacheReadTokens: 100, cacheWriteTokens: 7, outputTokens: 30 });
});

test("models are listed in the dialect of who asks", async () => {
  const model = { type: "model", id: "claude-opus-5-5", display_name: "Opus", created_at: "2026-10-01T00:00:00Z" };
  upstream.answer(
    answering((response) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ data: [model], has_more: false, first_id: model.id, last_id: model.id })),
    ),
  );
  const list = await client.models.list();
  expect(list.data).toEqual([{ id: "claude-opus-5-5", object: "model", created: Date.parse(model.created_at) / 1_000, owned_by: "anthropic" }]);
  for (const credential of [{ apiKey: key }, { authToken: key, apiKey: null }]) {
    const theirs = await new Anthropic({ ...credential, baseURL: gateway.url }).models.list();
    expect(theirs.data).toMatchObject([model]);
  }
  upstream.answer(answering((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(model))));
  expect(await client.models.retrieve("claude-opus-5-5")).toMatchObject({ id: "claude-opus-5-5", object: "model" });
});

test("what is not offered is refused in OpenAI's shape", async () => {
  const error = await refused(client.embeddings.create({ model: "a", input: "b" }));
  expect([error.status, error.code]).toEqual([404, "request.no-route"]);
  const stored = await refused(client.responses.retrieve("resp_1"));
  expect([stored.status, /not stored/.test(stored.message)]).toEqual([404, true]);
});
