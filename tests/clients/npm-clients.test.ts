import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import OpenAI from "openai";
import { openScene, providerNames, type Scene } from "./scenes.ts";

const model = "claude-opus-5-5";
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const schema = { type: "object" as const, properties: { command: { type: "string" } }, required: ["command"] };
const user = <T>(content: T) => [{ role: "user" as const, content }];

describe.each(providerNames)("with %s", (name) => {
  let scene: Scene;
  let anthropic: Anthropic;
  let openai: OpenAI;

  beforeAll(async () => {
    scene = await openScene(name);
    anthropic = new Anthropic({ authToken: scene.key, apiKey: null, baseURL: scene.gateway.url, maxRetries: 0 });
    openai = new OpenAI({ apiKey: scene.key, baseURL: `${scene.gateway.url}/v1`, maxRetries: 0 });
  }, 30_000);
  afterAll(() => scene.close());
  const toolPrompt = () => scene.prompts.call("Bash", { command: "echo hi" });

  describe("@anthropic-ai/sdk", () => {
    const tools = [{ name: "Bash", description: "Runs a command", input_schema: schema }];
    const ask = (content: Anthropic.MessageParam["content"], more: object = {}, options: Anthropic.RequestOptions = {}) =>
      anthropic.messages.create({ model, max_tokens: 1_000, messages: user(content), ...more }, options);

    test("gets an answer, a stream, a count and the models", async () => {
      expect((await ask("hello")).content).toMatchObject([{ type: "text", text: expect.stringMatching(/./) }]);
      const stream = anthropic.messages.stream({ model, max_tokens: 1_000, messages: user("hello") });
      const texts: string[] = [];
      stream.on("text", (text) => texts.push(text));
      expect((await stream.finalMessage()).content).toMatchObject([{ type: "text", text: texts.join("") }]);
      const counted = anthropic.messages.countTokens({ model, messages: user("hello") });
      if (scene.prompts.counts) expect((await counted).input_tokens).toBeGreaterThan(0);
      else await expect(counted).rejects.toThrow(Anthropic.NotFoundError);
      expect((await anthropic.models.list()).data.length).toBeGreaterThan(0);
    });

    test("calls a tool, whole and streamed, gives its result, and sends an image", async () => {
      const asked = await ask(toolPrompt(), { tools });
      const streamed = await anthropic.messages.stream({ model, max_tokens: 1_000, messages: user(toolPrompt()), tools }).finalMessage();
      for (const { stop_reason, content } of [asked, streamed]) {
        expect(stop_reason).toBe("tool_use");
        expect(content.find(({ type }) => type === "tool_use")).toMatchObject({ name: "Bash", input: { command: "echo hi" } });
      }
      const id = asked.content.find((block) => block.type === "tool_use")?.id ?? "";
      const result = user([{ type: "tool_result" as const, tool_use_id: id, content: "done" }]);
      const messages: Anthropic.MessageParam[] = [...user(toolPrompt()), { role: "assistant", content: asked.content }, ...result];
      expect((await anthropic.messages.create({ model, max_tokens: 1_000, tools, messages })).stop_reason).toBe("end_turn");
      const image = { type: "image" as const, source: { type: "base64" as const, media_type: "image/png" as const, data: png } };
      expect((await ask([image, { type: "text", text: "hello" }])).content).toMatchObject([{ type: "text" }]);
    });

    test("meets errors, time-outs and its own aborts as with the provider itself", async () => {
      await expect(ask(scene.prompts.refusal)).rejects.toThrow(Anthropic.BadRequestError);
      const wrong = new Anthropic({ apiKey: "fh_wrong", baseURL: scene.gateway.url, maxRetries: 2 });
      await expect(wrong.messages.create({ model, max_tokens: 10, messages: user("a") })).rejects.toThrow(Anthropic.AuthenticationError);
      await expect(ask(scene.prompts.silence, {}, { timeout: 300 })).rejects.toThrow(Anthropic.APIConnectionTimeoutError);
      const stream = anthropic.messages.stream({ model, max_tokens: 1_000, messages: user(scene.prompts.silence) });
      setImmediate(() => stream.abort());
      await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError);
    });
  });

  describe("openai", () => {
    const tools = [{ type: "function" as const, function: { name: "Bash", description: "Runs a command", parameters: schema } }];
    type Body = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "model">;
    const chat = (body: Body, options: OpenAI.RequestOptions = {}) => openai.chat.completions.create({ model, max_tokens: 1_000, ...body }, options);

    test("gets an answer, a stream with usage, a response, a streamed one, and the models", async () => {
      expect((await chat({ messages: user("hello") })).choices[0]?.message.content).toMatch(/./);
      const stream = await openai.chat.completions.create({ model, messages: user("hello"), stream: true, stream_options: { include_usage: true } });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toMatch(/./);
      expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
      expect((await openai.responses.create({ model, input: "hello" })).output_text).toMatch(/./);
      expect((await openai.responses.stream({ model, input: "hello" }).finalResponse()).output_text).toMatch(/./);
      expect((await openai.models.list()).data.length).toBeGreaterThan(0);
    });

    test("calls a tool, gives its result, and sends an image", async () => {
      const [asked] = (await chat({ messages: user(toolPrompt()), tools })).choices;
      expect(asked?.finish_reason).toBe("tool_calls");
      const [call] = asked?.message.tool_calls ?? [];
      expect(call).toMatchObject({ function: { name: "Bash", arguments: expect.stringContaining("echo hi") } });
      const result = { role: "tool" as const, tool_call_id: call?.id ?? "", content: "done" };
      const history: OpenAI.ChatCompletionMessageParam[] = [...user(toolPrompt()), asked?.message ?? { role: "assistant" }, result];
      expect((await chat({ messages: history, tools })).choices[0]?.finish_reason).toBe("stop");
      const image = { type: "image_url" as const, image_url: { url: `data:image/png;base64,${png}` } };
      expect((await chat({ messages: user([image, { type: "text" as const, text: "hello" }]) })).choices[0]?.message.content).toMatch(/./);
    });

    test("meets errors, time-outs and its own aborts as with the provider itself", async () => {
      await expect(chat({ messages: user(scene.prompts.refusal) })).rejects.toThrow(OpenAI.BadRequestError);
      const wrong = openai.withOptions({ apiKey: "fh_wrong", maxRetries: 2 });
      await expect(wrong.chat.completions.create({ model, messages: user("a") })).rejects.toThrow(OpenAI.AuthenticationError);
      // Its own name for this, APIConnectionTimeoutError, hangs on an `instanceof` that Jest's realms break; the Python suite has it.
      await expect(chat({ messages: user(scene.prompts.silence) }, { timeout: 300 })).rejects.toThrow(OpenAI.APIConnectionError);
      const leaving = new AbortController();
      const asked = openai.chat.completions.create({ model, messages: user(scene.prompts.silence), stream: true }, { signal: leaving.signal });
      setImmediate(() => leaving.abort());
      await expect(
        (async () => {
          for await (const _chunk of await asked);
        })(),
      ).rejects.toThrow(OpenAI.APIUserAbortError);
    });
  });
});
