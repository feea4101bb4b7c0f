import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { answering, startGateway, streamHeaders, wholeMessage, wholeStream, type TestGateway } from "../testing/fixtures.ts";
import { startOpenAiSimulator, type OpenAiSimulator } from "../testing/openai-simulator.ts";

let simulator: OpenAiSimulator;
let upstream: ScriptedUpstream;
let databaseUrl: string;
const gateways: TestGateway[] = [];
let sent = "";

beforeAll(async () => {
  simulator = await startOpenAiSimulator();
  upstream = await startUpstream(
    answering((response, body) => {
      sent = body.toString("utf8");
      if (sent.includes('"stream":true')) response.writeHead(200, streamHeaders).end(wholeStream.join(""));
      else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage));
    }),
  );
});
afterAll(async () => {
  for (const gateway of gateways.toReversed()) await gateway.close();
  await simulator.close();
  await upstream.close();
});

async function clientsOf(first: "openai" | "anthropic") {
  const simulation = { name: "simulation", kind: "openai", baseUrl: simulator.url, keys: [{ value: simulator.key }], priority: first === "openai" ? 1 : 2 };
  const scripted = { name: "scripted", kind: "anthropic", baseUrl: upstream.url, keys: [{ value: "k" }], priority: first === "openai" ? 2 : 1 };
  const gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers: [simulation, scripted] }) }, databaseUrl);
  databaseUrl ??= gateway.databaseUrl;
  gateways.push(gateway);
  const { key } = await gateway.mint();
  return {
    openai: new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: key, baseURL: gateway.url, maxRetries: 0 }),
  };
}
const model = "claude-opus-5-5";
const prompt = (content: string) => ({ model, messages: [{ role: "user" as const, content }] });

test("where the provider of the caller's own dialect fails, the next one answers in translation, streamed and whole", async () => {
  const { openai } = await clientsOf("openai");
  const whole = await openai.chat.completions.create(prompt("[[error:500]]")).withResponse();
  expect([whole.response.headers.get("x-freehold-provider"), whole.data.choices[0]?.message.content]).toEqual(["scripted", "hi"]);
  const { openai: fresh } = await clientsOf("openai");
  const streamed = await fresh.chat.completions.stream(prompt("[[error:500]]")).finalChatCompletion();
  expect(streamed.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "an error in message_stop, it says\n\n" } });
});

test("what Anthropic can't be told goes to the provider that can, though it is not the first one", async () => {
  const { openai } = await clientsOf("anthropic");
  const before = upstream.seen.length;
  const { data, response } = await openai.chat.completions.create({ ...prompt("hi"), n: 2 }).withResponse();
  expect([data.choices.length, response.headers.get("x-freehold-provider"), upstream.seen.length]).toEqual([2, "simulation", before]);
  expect((await openai.chat.completions.create(prompt("hi")).withResponse()).response.headers.get("x-freehold-provider")).toBe("scripted");
});

test("thinking of the other provider is taken out before Anthropic sees the conversation", async () => {
  const { anthropic } = await clientsOf("openai");
  const thinking = { type: "adaptive" as const };
  const first = await anthropic.messages.create({ ...prompt("[[think:Hm.]] hi"), max_tokens: 10, thinking });
  expect(first.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
  const messages: Anthropic.MessageParam[] = [
    { role: "user", content: "hi" },
    { role: "assistant", content: first.content },
    { role: "user", content: "[[error:500]]" },
  ];
  await anthropic.messages.create({ model, max_tokens: 10, messages, thinking });
  expect([sent.includes("freehold-openai"), sent.includes("(simulation)")]).toEqual([false, true]);
});
