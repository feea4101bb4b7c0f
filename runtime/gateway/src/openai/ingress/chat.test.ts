import { afterAll, afterEach, expect, test } from "@jest/globals";
import Anthropic from "@anthropic-ai/sdk";
import { until } from "../../../../../tests/support/until.ts";
import { block, ended, message, openClaudeScene, started } from "../../testing/claude-scene.ts";
import { answering, upstreamKey } from "../../testing/fixtures.ts";

const scene = await openClaudeScene({ PING_AFTER_MS: "60", UPSTREAM_IDLE_TIMEOUT_MS: "400" });
const { upstream, gateway, key, client, last, json, events } = scene;
afterAll(() => scene.close());
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 }));

const user = { role: "user" as const, content: "hi" };

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
  expect(last().url).toBe("/v1/messages");
  expect(last().headers).toMatchObject({ "anthropic-version": "2023-06-01", "content-type": "application/json", "x-api-key": upstreamKey });
  expect(last().headers["authorization"]).toBeUndefined();
  expect(last().body).toEqual({
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
  expect((last().body["messages"] as { content: unknown }[])[1]?.content).toEqual(content);
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
  expect(last().body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
});

test.each([
  ["claude-haiku-4-5-20251001", "low", 8_000, { type: "enabled", budget_tokens: 4_096 }, undefined],
  ["claude-sonnet-4-20250514", "max", 20_000, { type: "enabled", budget_tokens: 16_000 }, undefined],
  ["claude-opus-5-5", "minimal", 8_000, { type: "adaptive" }, { effort: "low" }],
  ["claude-opus-5-5", "none", 8_000, { type: "disabled" }, undefined],
] as const)("%s thinks with effort %s as it can", async (model, effort, limit, thinking, config) => {
  json(message([{ type: "text", text: "a" }]));
  await client.chat.completions.create({ model, messages: [user], reasoning_effort: effort, max_tokens: limit });
  expect([last().body["thinking"], last().body["output_config"], last().body["max_tokens"]]).toEqual([thinking, config, limit]);
});

test("what has no effect and harms nothing is named in a header", async () => {
  json(message([{ type: "text", text: "a" }]));
  const { response } = await client.chat.completions
    .create({ model: "claude-opus-5-5", messages: [user], metadata: { a: "b" }, prompt_cache_retention: "24h" })
    .withResponse();
  expect(response.headers.get("x-freehold-ignored")).toBe("metadata, prompt_cache_retention");
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
