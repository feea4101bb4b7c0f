import { expect, test } from "@jest/globals";
import { cachedTokens, chunk, promptTokens, textsOf } from "./testing/gemini-answers.ts";
import { bridgeToken, geminiKey } from "./testing/fixtures.ts";
import { GoogleRefusal } from "./testing/google-refusal.ts";
import { failureOf, model, prompt, weather, withSdk } from "./testing/sdk-scene.ts";

const scene = withSdk();

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("a plain message is answered under the caller's name for the model, with usage that leaves cached tokens out of the input", async () => {
  const message = await scene.client.messages.create({ ...prompt, system: "Be brief" });
  expect(message).toMatchObject({
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: "Hello, world" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: promptTokens - cachedTokens, cache_read_input_tokens: cachedTokens, cache_creation_input_tokens: 0, output_tokens: 32 },
  });
  expect(scene.lastCall()).toMatchObject({
    model: "gemini-3.8-flash",
    request: { contents: [{ role: "user", parts: [{ text: "Say hello" }] }], systemInstruction: { parts: [{ text: "Be brief" }] } },
  });
});

test("images go out as bytes, in a message and in a tool's result", async () => {
  const image = { type: "image" as const, source: { type: "base64" as const, media_type: "image/png" as const, data: png } };
  const messages = [
    { role: "user" as const, content: [image, { type: "text" as const, text: "What is it?" }] },
    { role: "assistant" as const, content: [{ type: "tool_use" as const, id: "toolu_9", name: "get_weather", input: {} }] },
    { role: "user" as const, content: [{ type: "tool_result" as const, tool_use_id: "toolu_9", content: [{ type: "text" as const, text: "see" }, image] }] },
  ];
  await scene.client.messages.create({ ...prompt, tools: [weather], messages });
  const inlineData = { mimeType: "image/png", data: png };
  expect(scene.lastCall().request.contents[0]?.parts).toEqual([{ inlineData }, { text: "What is it?" }]);
  expect(scene.lastCall().request.contents[2]?.parts[0]?.functionResponse).toMatchObject({ response: { output: "see" }, parts: [{ inlineData }] });
  expect(scene.bridge.gemini.refusals).toEqual([]);
});

test("tokens are counted by Gemini, tools and images included", async () => {
  const bare = await scene.client.messages.countTokens({ model, messages: prompt.messages });
  const more = await scene.client.messages.countTokens({
    model,
    messages: prompt.messages,
    tools: [weather],
    system: "Be brief",
    thinking: { type: "adaptive" },
  });
  expect(bare.input_tokens).toBeGreaterThan(5);
  expect(more.input_tokens).toBeGreaterThan(bare.input_tokens + 20);
});

test("the models of the map are listed, with Google's limits", async () => {
  const models = [];
  for await (const each of scene.client.models.list()) models.push(each);
  expect(models.map(({ id }) => id)).toEqual(["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "gemini-3.8-flash", "gemini-3.5-flash-lite"]);
  expect(await scene.client.models.retrieve("gemini-3.8-flash")).toMatchObject({
    display_name: "Gemini 3.8 Flash",
    max_tokens: 65_536,
    max_input_tokens: 1_048_576,
  });
  expect((await failureOf(scene.client.models.retrieve("claude-1"))).status).toBe(404);
});

test("an answer that Gemini cuts at its limit for one request goes on, and all of it is billed", async () => {
  scene.bridge.gemini.script(function* ({ request }) {
    if (request.continuationToken === undefined) {
      const first = chunk([{ text: "one " }], { finishReason: "CONTINUATION", candidatesTokens: 5 });
      yield { ...first, candidates: [{ ...first.candidates?.[0], continuationToken: "more" }] };
    } else yield chunk([{ text: "two" }], { finishReason: "STOP", candidatesTokens: 6 });
  });
  const message = await scene.client.messages.create(prompt);
  expect(message).toMatchObject({ content: [{ type: "text", text: "one two" }], usage: { output_tokens: 11, input_tokens: 400 } });
});

test("neither prompts nor keys stand in a log or a metric", async () => {
  const secretPrompt = "a prompt that no log shows";
  await scene.client.messages.create({ ...prompt, messages: [{ role: "user", content: secretPrompt }] });
  scene.bridge.gemini.script(() => {
    throw new GoogleRefusal(400, `The prompt "${secretPrompt}" is bad for ${geminiKey}`);
  });
  expect((await failureOf(scene.client.messages.create(prompt))).message).not.toContain(geminiKey);
  const told = scene.bridge.logged() + (await scene.bridge.metrics.text());
  for (const secret of [secretPrompt, geminiKey, bridgeToken, "Hello, world"]) expect(told).not.toContain(secret);
  expect(textsOf(scene.lastCall().request.contents[0]?.parts ?? [])).toEqual(["Say hello"]);
});
