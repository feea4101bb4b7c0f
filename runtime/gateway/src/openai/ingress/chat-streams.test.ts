import type { ServerResponse } from "node:http";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import type OpenAI from "openai";
import { until } from "../../../../../tests/support/until.ts";
import { block, ended, message, openClaudeScene, refusalOf, started } from "../../testing/claude-scene.ts";
import { event, streamHeaders } from "../../testing/fixtures.ts";

const scene = await openClaudeScene({ PING_AFTER_MS: "60", UPSTREAM_IDLE_TIMEOUT_MS: "400" });
const { upstream, gateway, key, client, last, script, events, onFreshGateway } = scene;
afterAll(() => scene.close());
afterEach(() => until("no call left open upstream", () => upstream.open() === 0, { timeoutMs: 2_000 }));

const user = { role: "user" as const, content: "hi" };

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
  expect(last().body["stream"]).toBe(true);
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
    const error = await refusalOf(asked());
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
