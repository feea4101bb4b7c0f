import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { until } from "../../../../tests/support/until.ts";
import { startGateway, type TestGateway } from "../testing/fixtures.ts";
import { simulatedUsage, startOpenAiSimulator, type OpenAiSimulator } from "../testing/openai-simulator.ts";

let simulator: OpenAiSimulator;
let gateway: TestGateway;
let key: string;
let anthropic: Anthropic;
let openai: OpenAI;

beforeAll(async () => {
  simulator = await startOpenAiSimulator();
  gateway = await startGateway({
    SIMULATED_KEY: simulator.key,
    PING_AFTER_MS: "60",
    GATEWAY_CONFIG: JSON.stringify({
      providers: [
        {
          name: "simulation",
          kind: "openai",
          baseUrl: simulator.url,
          keys: [{ env: "SIMULATED_KEY" }],
          chat: { service: "openai", mostTokens: 8_000 },
          models: { aliases: { "claude-*": "simulated-large", "my-gpt": "simulated-small" } },
          timeouts: { firstByteMs: 400, idleMs: 400, answerMs: 400 },
        },
      ],
    }),
  });
  ({ key } = await gateway.mint({ jobId: "job" }));
  anthropic = new Anthropic({ authToken: key, apiKey: null, baseURL: gateway.url, maxRetries: 0 });
  openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await simulator.close();
});
afterEach(() => until("no call left open at the provider", () => simulator.open() === 0, { timeoutMs: 2_000 }));

const model = "claude-opus-5-5";
const ask = (content: Anthropic.MessageParam["content"], more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) =>
  anthropic.messages.create({ model, max_tokens: 20_000, messages: [{ role: "user", content }], ...more });
const textOf = (message: Anthropic.Message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
const lastSent = () => JSON.parse(simulator.seen.at(-1)?.body ?? "{}") as Record<string, unknown>;
const tools: Anthropic.Tool[] = ["Read", "Clock"].map((name) => ({ name, description: name, input_schema: { type: "object", properties: {} } }));
/** A provider that has failed is left alone for a while; the next request of a test is a probe, which must not be its last. */
const heal = () => until("the provider to be asked again", async () => (await ask("hello").catch(() => undefined)) !== undefined, { everyMs: 200 });

test("a message is answered by a provider of the other dialect, in a whole and as a stream, with its usage", async () => {
  const { data: message, response } = await ask("hello", { system: "Be brief." }).withResponse();
  expect(textOf(message)).toBe("(simulation) I was told: hello");
  expect(message).toMatchObject({
    role: "assistant",
    model: "simulated-large",
    stop_reason: "end_turn",
    usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 20, output_tokens_details: { thinking_tokens: 5 } },
  });
  expect([response.headers.get("x-freehold-provider"), response.headers.get("request-id")?.startsWith("sim-")]).toEqual(["simulation", true]);
  expect(lastSent()).toEqual({
    model: "simulated-large",
    max_completion_tokens: 8_000,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "hello" },
    ],
  });
  const streamed = await anthropic.messages.stream({ model, max_tokens: 10, messages: [{ role: "user", content: "hello" }] }).finalMessage();
  expect([textOf(streamed), streamed.usage.input_tokens, streamed.usage.cache_read_input_tokens, streamed.stop_reason]).toEqual([
    textOf(message),
    60,
    40,
    "end_turn",
  ]);
  expect(simulator.seen.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${simulator.key}` });
  expect(JSON.stringify(simulator.seen.at(-1))).not.toContain(key);
});

test("thinking comes as a block of its own where it was asked for, and goes back without harm", async () => {
  const thinking = { thinking: { type: "adaptive" as const } };
  const first = await anthropic.messages
    .stream({ model, max_tokens: 10, messages: [{ role: "user", content: "[[think:Let me see.]] hi" }], ...thinking })
    .finalMessage();
  expect(first.content[0]).toMatchObject({ type: "thinking", thinking: "Let me see." });
  expect(lastSent()["reasoning_effort"]).toBe("medium");
  const whole = await ask("[[think:Let me see.]] hi", thinking);
  expect(whole.content).toMatchObject([{ type: "thinking", thinking: "Let me see." }, { type: "text" }]);
  const next = await anthropic.messages.create({
    model,
    max_tokens: 10,
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: first.content },
      { role: "user", content: "on" },
    ],
  });
  expect(next.stop_reason).toBe("end_turn");
  expect((await ask("[[think:Hidden.]] hi")).content.map(({ type }) => type)).toEqual(["text"]);
});

test("a round of parallel tool calls goes through, streamed and whole, images in results included", async () => {
  const prompt = 'Look [[call:Read {"path":"/ä.txt","n":[1,2]}]] [[call:Clock {}]]';
  const streamed = await anthropic.messages.stream({ model, max_tokens: 10, tools, messages: [{ role: "user", content: prompt }] }).finalMessage();
  for (const message of [streamed, await ask(prompt, { tools })]) {
    expect(message.stop_reason).toBe("tool_use");
    const calls = message.content.filter((block) => block.type === "tool_use");
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ["Read", { path: "/ä.txt", n: [1, 2] }],
      ["Clock", {}],
    ]);
    const results = calls.map(({ id, name }) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: [
        { type: "text" as const, text: `${name} says hi` },
        { type: "image" as const, source: { type: "base64" as const, media_type: "image/png" as const, data: "iVBORw0KGgo=" } },
      ],
    }));
    const last = await anthropic.messages.create({
      model,
      max_tokens: 10,
      tools,
      messages: [
        { role: "user", content: prompt },
        { role: "assistant", content: message.content },
        { role: "user", content: results },
      ],
    });
    expect(textOf(last)).toContain("I see 2 images");
  }
  expect((await ask(prompt, { tools, tool_choice: { type: "any", disable_parallel_tool_use: true } })).content.length).toBe(1);
});

test.each([
  ["[[length]] a", "max_tokens"],
  ["[[refuse]] a", "refusal"],
])("the end of %s is %s", async (prompt, stop) => {
  expect((await ask(prompt)).stop_reason).toBe(stop);
});

test("an answer held to a schema is the provider's own", async () => {
  const schema = { type: "object", properties: { simulation: { type: "boolean" } }, required: ["simulation"], additionalProperties: false };
  const message = await ask("hi", { output_config: { format: { type: "json_schema", schema } } });
  expect(JSON.parse(textOf(message))).toEqual({ simulation: true });
});

test("tokens are estimated, and the answer says so; models are listed in both dialects", async () => {
  const { data, response } = await anthropic.messages.countTokens({ model, messages: [{ role: "user", content: "hello ".repeat(100) }] }).withResponse();
  expect([data.input_tokens > 100, data.input_tokens < 300, response.headers.get("x-freehold-estimate")]).toEqual([true, true, "true"]);
  expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(["simulated-large", "simulated-small"]);
  expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(["simulated-large", "simulated-small"]);
});

test("what the provider's dialect can't say is refused by its name, and nothing is asked", async () => {
  const before = simulator.seen.length;
  const asked = ask("hi", { tools: [{ type: "web_search_20250305", name: "web_search" }] });
  await expect(asked).rejects.toMatchObject({
    status: 400,
    error: { error: { type: "invalid_request_error", message: expect.stringContaining("tools.0.type: ") } },
  });
  expect(simulator.seen.length).toBe(before);
});

test("a caller of the same dialect is passed through: its bytes but for the model's alias, and the provider's bytes but for what was not asked for", async () => {
  const body = `{ "model" : "my-gpt", "n": 2, "logprobs":true,\n"messages":[{"role":"user","content":"h\\u00fc [[think:x]]","name":"Ann"}], "seed": 7, "user":"u" }`;
  const post = (text: string) => fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body: text });
  const whole = (await (await post(body)).json()) as OpenAI.ChatCompletion;
  expect(simulator.seen.at(-1)?.body).toBe(body.replace("my-gpt", "simulated-small"));
  expect([whole.choices.length, whole.system_fingerprint, whole.usage]).toEqual([2, "simulation", simulatedUsage]);
  const streamed = await post(`{"stream":true,"seed":7,${body.replace('"n": 2,', "").slice(1)}`);
  const text = await streamed.text();
  expect(text).toContain('"system_fingerprint":"simulation"');
  expect(text.startsWith(": simulation\n\ndata: ")).toBe(true);
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect(text).not.toContain('"choices":[]');
  expect(lastSent()).toMatchObject({ model: "simulated-small", stream_options: { include_usage: true } });
  const asked = await openai.chat.completions
    .stream({ model: "my-gpt", messages: [{ role: "user", content: "hi" }], stream_options: { include_usage: true } })
    .finalChatCompletion();
  expect(asked.usage).toEqual(simulatedUsage);
  expect(asked.choices[0]?.message.content).toBe("(simulation) I was told: hi");
});

test("the Responses API is served too, by way of both translations", async () => {
  const round = await openai.responses
    .stream({
      model: "my-gpt",
      input: 'go [[call:Read {"path":"/a"}]]',
      tools: [{ type: "function", name: "Read", parameters: { type: "object", properties: {} }, strict: false }],
    })
    .finalResponse();
  expect(round.output).toMatchObject([{ type: "function_call", name: "Read", arguments: '{"path":"/a"}' }]);
  const whole = await openai.responses.create({
    model: "my-gpt",
    input: [
      { role: "user", content: "go" },
      ...(round.output as OpenAI.Responses.ResponseInput),
      { type: "function_call_output", call_id: (round.output[0] as { call_id: string }).call_id, output: "x" },
    ],
  });
  expect(whole.output_text).toBe("(simulation) The tool answered: x");
  expect(whole.usage).toMatchObject({ input_tokens: 100, input_tokens_details: { cached_tokens: 40 }, output_tokens: 20, total_tokens: 120 });
});

test("the books have the tokens of each way through", async () => {
  const { key: own } = await gateway.mint({ jobId: "counted" });
  const theirs = { headers: { authorization: `Bearer ${own}` } };
  await anthropic.messages.stream({ model, max_tokens: 10, messages: [{ role: "user", content: "hi" }] }, theirs).finalMessage();
  for await (const _chunk of await openai.chat.completions.create({ model: "my-gpt", messages: [{ role: "user", content: "hi" }], stream: true }, theirs))
    continue;
  await openai.chat.completions.create({ model: "my-gpt", messages: [{ role: "user", content: "hi" }] }, theirs);
  expect(await gateway.usageOf("counted")).toMatchObject({ requests: 3, inputTokens: 180, cacheReadTokens: 120, outputTokens: 60, unpricedRequests: 3 });
});

test("a conversation too long is told in the words that clients act on, in each dialect", async () => {
  const told = { status: 400, error: { error: { message: "prompt is too long: 9000 tokens > 8192 maximum" } } };
  await expect(ask("[[error:400]]")).rejects.toMatchObject(told);
  const asked = openai.chat.completions.create({ model: "my-gpt", messages: [{ role: "user", content: "[[error:400]]" }] });
  await expect(asked).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
});

test.each([
  ["[[error:429]]", 429, "rate_limit_error", "7"],
  ["[[error:500]]", 500, "api_error", null],
  ["[[error:402]]", 403, "permission_error", null],
])("%s of the provider is told as %i %s, with its wish to wait and without its text", async (prompt, status, type, retryAfter) => {
  const own = await startGateway({
    SIMULATED_KEY: simulator.key,
    GATEWAY_CONFIG: JSON.stringify({ providers: [{ name: "simulation", kind: "openai", baseUrl: simulator.url, keys: [{ env: "SIMULATED_KEY" }] }] }),
  });
  try {
    const client = new Anthropic({ apiKey: (await own.mint()).key, baseURL: own.url, maxRetries: 0 });
    const error = (await client.messages
      .create({ model, max_tokens: 10, messages: [{ role: "user", content: prompt }] })
      .catch((thrown: unknown) => thrown)) as InstanceType<typeof Anthropic.APIError>;
    expect([error.status, (error.error as { error: { type: string } }).error.type]).toEqual([status, type]);
    if (retryAfter !== null) expect(error.headers?.get("retry-after")).toBe(retryAfter);
    expect(JSON.stringify(error.error) + own.logged()).not.toContain("org-secret");
  } finally {
    await own.close();
  }
});

test.each(["[[cut]]", "[[break]]"])("a stream that ends by %s throws in both official clients and is no success in the books", async (end) => {
  const prompt = { role: "user" as const, content: `${end} [[say:a text of several pieces, so that some have come]]` };
  await expect(anthropic.messages.stream({ model, max_tokens: 10, messages: [prompt] }).finalMessage()).rejects.toThrow("broke");
  await heal();
  let text = "";
  const asked = (async () => {
    for await (const chunk of await openai.chat.completions.create({ model: "my-gpt", messages: [prompt], stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
  })();
  await expect(asked).rejects.toThrow("broke");
  expect(text.length).toBeLessThan(40);
  await heal();
});

test("a provider that hangs times out in the caller's dialect, and a caller who leaves frees it", async () => {
  await expect(ask("[[hang]]")).rejects.toMatchObject({ status: 504 });
  await heal();
  const leave = new AbortController();
  const asked = anthropic.messages.create({ model, max_tokens: 10, messages: [{ role: "user", content: "[[hang]]" }], stream: true }, { signal: leave.signal });
  await until("the call to reach the provider", () => simulator.open() === 1, { everyMs: 2 });
  const left = performance.now();
  leave.abort();
  await expect(asked).rejects.toThrow("aborted");
  await until("the provider to be freed", () => simulator.open() === 0, { everyMs: 2 });
  expect(performance.now() - left).toBeLessThan(100);
});
