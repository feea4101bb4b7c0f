import { afterAll, expect, test } from "@jest/globals";
import type OpenAI from "openai";
import { block, ended, message, openClaudeScene, started } from "../../testing/claude-scene.ts";
import { event, streamHeaders } from "../../testing/fixtures.ts";

const scene = await openClaudeScene();
const { client, events, json, last, script, upstream } = scene;
afterAll(() => scene.close());

const model = "claude-opus-5-5";
const weather = { type: "function" as const, name: "weather", parameters: { type: "object", properties: {} }, strict: false };

test("a stateless conversation reaches Anthropic in its own words, and its answer comes as a response", async () => {
  const content = [
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "text", text: "I ask." },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bern" } },
  ];
  json(message(content, { stop_reason: "tool_use" }));
  const first = await client.responses.create({
    model,
    instructions: "Be brief.",
    input: [
      { role: "developer", content: "Be kind." },
      {
        role: "user",
        content: [
          { type: "input_text", text: "Look" },
          { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" },
        ],
      },
    ],
    tools: [weather],
    tool_choice: "required",
    parallel_tool_calls: false,
    max_output_tokens: 900,
    reasoning: { effort: "medium", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    store: false,
  });
  expect(last().body).toEqual({
    model,
    max_tokens: 900,
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
        ],
      },
    ],
    tools: [{ name: "weather", input_schema: { type: "object", properties: {} } }],
    tool_choice: { type: "any", disable_parallel_tool_use: true },
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "medium" },
  });
  expect(first).toMatchObject({
    id: "resp_01abc",
    object: "response",
    status: "completed",
    output_text: "I ask.",
    output: [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "I ask.", annotations: [] }] },
      { type: "function_call", call_id: "toolu_1", name: "weather", arguments: '{"city":"Bern"}' },
    ],
    usage: {
      input_tokens: 117,
      input_tokens_details: { cached_tokens: 100 },
      output_tokens: 30,
      output_tokens_details: { reasoning_tokens: 12 },
      total_tokens: 147,
    },
    max_output_tokens: 900,
    store: false,
  });
  json(message([{ type: "text", text: "Rain." }]));
  const second = await client.responses.create({
    model,
    input: [
      { role: "user", content: "Look" },
      ...(first.output as OpenAI.Responses.ResponseInput),
      { type: "function_call_output", call_id: "toolu_1", output: "rain" },
    ],
  });
  expect(second.output_text).toBe("Rain.");
  expect(last().body["messages"]).toEqual([
    { role: "user", content: [{ type: "text", text: "Look" }] },
    { role: "assistant", content },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "rain" }] }] },
  ]);
});

test("a stream is put together by the official client to the same response, event by event", async () => {
  events(
    started,
    event("ping"),
    block(
      0,
      { type: "thinking", thinking: "", signature: "" },
      { type: "thinking_delta", thinking: "H" },
      { type: "thinking_delta", thinking: "m" },
      { type: "signature_delta", signature: "sig" },
    ),
    block(1, { type: "text", text: "" }, { type: "text_delta", text: "Hé" }, { type: "text_delta", text: "llo" }),
    block(
      2,
      { type: "tool_use", id: "toolu_1", name: "weather", input: {} },
      { type: "input_json_delta", partial_json: '{"city":' },
      { type: "input_json_delta", partial_json: '"Bern"}' },
    ),
    block(3, { type: "tool_use", id: "toolu_2", name: "weather", input: {} }),
    ended("tool_use"),
  );
  const stream = client.responses.stream({ model, input: "hi", tools: [weather] });
  const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const each of stream) seen.push(each);
  const types = seen.map(({ type }) => type);
  expect(types.slice(0, 2)).toEqual(["response.created", "response.in_progress"]);
  expect(types.at(-1)).toBe("response.completed");
  expect(types.filter((type) => type === "response.output_item.added").length).toBe(4);
  expect(types.filter((type) => type === "response.function_call_arguments.done").length).toBe(2);
  expect(seen.map((each) => (each as { sequence_number: number }).sequence_number)).toEqual(seen.map((_each, index) => index));
  const whole = await stream.finalResponse();
  expect([whole.status, whole.output_text, whole.usage?.output_tokens]).toEqual(["completed", "Héllo", 30]);
  expect(whole.output).toMatchObject([
    { type: "reasoning", summary: [{ type: "summary_text", text: "Hm" }] },
    { type: "message", content: [{ type: "output_text", text: "Héllo" }] },
    { type: "function_call", call_id: "toolu_1", arguments: '{"city":"Bern"}' },
    { type: "function_call", call_id: "toolu_2", arguments: "{}" },
  ]);
});

test.each([
  ["max_tokens", "max_output_tokens"],
  ["refusal", "content_filter"],
])("an answer that ends by %s is incomplete", async (stop, reason) => {
  events(started, block(0, { type: "text", text: "" }, { type: "text_delta", text: "a" }), ended(stop));
  const whole = await client.responses.stream({ model, input: "hi" }).finalResponse();
  expect([whole.status, whole.incomplete_details?.reason]).toEqual(["incomplete", reason]);
  json(message([{ type: "text", text: "a" }], { stop_reason: stop, stop_details: { type: "refusal", explanation: "Not this." } }));
  const plain = await client.responses.create({ model, input: "hi" });
  expect([plain.status, plain.incomplete_details?.reason]).toEqual(["incomplete", reason]);
  expect(plain.output.at(-1)).toMatchObject({ content: [{ type: "refusal", refusal: "Not this." }] });
});

test("a structured answer is parsed by the official client", async () => {
  json(message([{ type: "text", text: '{"city":"Bern"}' }]));
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
  const answer = await client.responses.parse({ model, input: "hi", text: { format: { type: "json_schema", name: "city", strict: true, schema } } });
  expect(answer.output_parsed).toEqual({ city: "Bern" });
  expect(last().body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
});

test("a stream that breaks fails the response and throws in the official client", async () => {
  script((response) => {
    response.writeHead(200, streamHeaders).write(started + event("content_block_start", { index: 0, content_block: { type: "text", text: "par" } }));
    setTimeout(() => response.destroy(), 20);
  });
  const types: string[] = [];
  const asked = (async () => {
    for await (const each of await client.responses.create({ model, input: "hi", stream: true })) types.push(each.type);
  })();
  await expect(asked).rejects.toThrow("broke");
  expect(types.at(-1)).toBe("response.failed");
});

test.each([
  ["previous_response_id", { previous_response_id: "resp_1" }],
  ["conversation", { conversation: "conv_1" }],
  ["background", { background: true }],
  ["prompt", { prompt: { id: "pmpt_1" } }],
  ["store", { store: true }],
  ["truncation", { truncation: "auto" }],
  ["context_management", { context_management: [{ type: "compaction" }] }],
  ["top_logprobs", { top_logprobs: 1 }],
  ["include", { include: ["message.output_text.logprobs"] }],
  ["reasoning.mode", { reasoning: { mode: "pro" } }],
  ["text.verbosity", { text: { verbosity: "high" } }],
  ["text.format.type", { text: { format: { type: "json_object" } } }],
  ["tools.0.type", { tools: [{ type: "web_search" }] }],
  ["tool_choice", { tool_choice: { type: "mcp", server_label: "a" } }],
  ["input.0", { input: [{ type: "item_reference", id: "msg_1" }] }],
  ["input.0.type", { input: [{ type: "computer_call" }] }],
  ["input.0.content.0.file_id", { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1", detail: "auto" }] }] }],
])("what needs stored state or can't be said is refused by its name: %s", async (param, more) => {
  const before = upstream.seen.length;
  const asked = client.responses.create({ model, input: "hi", ...more } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
  await expect(asked).rejects.toMatchObject({ status: 400, param, code: "unsupported_parameter" });
  expect(upstream.seen.length).toBe(before);
});

test("reasoning of another provider says nothing here, and its loss is told", async () => {
  json(message([{ type: "text", text: "a" }]));
  const { response } = await client.responses
    .create({
      model,
      input: [
        { role: "user", content: "hi" },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" },
        { role: "user", content: "go on" },
      ],
    })
    .withResponse();
  expect(response.headers.get("x-freehold-ignored")).toBe("input.reasoning");
  expect(last().body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "hi" },
        { type: "text", text: "go on" },
      ],
    },
  ]);
});
