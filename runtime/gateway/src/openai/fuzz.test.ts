import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { json, messagesBody, near, runs } from "../testing/arbitraries.ts";
import { startGateway, upstreamKey, wholeMessage, type TestGateway } from "../testing/fixtures.ts";
import { toMessage } from "./egress/answer.ts";
import { AnswerFault, type AnswerContext } from "./egress/answer-parts.ts";
import { chatProfiles } from "./egress/profile.ts";
import { readProviderError } from "./egress/provider-error.ts";
import { translateMessages } from "./egress/request.ts";
import { StreamTranslation } from "./egress/stream-translation.ts";
import { toChatCompletion } from "./ingress/chat-answer.ts";
import { ChatStream } from "./ingress/chat-stream.ts";
import { openChat, openResponses } from "./ingress/open.ts";
import { toResponse } from "./ingress/responses-object.ts";
import { ResponsesStream } from "./ingress/responses-stream.ts";
import { RawAnswer } from "./origin.ts";
import { attempt } from "./wire/fault.ts";

jest.setTimeout(Math.max(30_000, runs * 30));

const chatBody = {
  model: "claude-opus-5-5",
  messages: [
    { role: "system", content: "a" },
    {
      role: "user",
      content: [
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: "https://a" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,AA" } },
      ],
    },
    {
      role: "assistant",
      content: "a",
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      reasoning_details: [{ type: "reasoning.text", text: "a", signature: "s" }],
    },
    { role: "tool", tool_call_id: "c", content: "a" },
  ],
  tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
  tool_choice: { type: "function", function: { name: "f" } },
  response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } },
  reasoning_effort: "low",
  stream: true,
  stop: ["a"],
};
const responsesBody = {
  model: "claude-opus-5-5",
  instructions: "a",
  input: [
    {
      role: "user",
      content: [
        { type: "input_text", text: "a" },
        { type: "input_image", image_url: "https://a", detail: "auto" },
      ],
    },
    { type: "reasoning", id: "r", summary: [], encrypted_content: "freehold-thinking:1:W10=" },
    { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "c", output: "a" },
  ],
  tools: [{ type: "function", name: "f", parameters: {}, strict: false }],
  text: { format: { type: "json_schema", name: "a", schema: {} } },
  reasoning: { effort: "low", summary: "auto" },
};
const message = {
  id: "msg_1",
  model: "m",
  content: [
    { type: "thinking", thinking: "a", signature: "s" },
    { type: "text", text: "a" },
    { type: "tool_use", id: "c", name: "f", input: {} },
  ],
  stop_reason: "tool_use",
  stop_details: { explanation: "a" },
  usage: { input_tokens: 1, output_tokens_details: { thinking_tokens: 1 } },
};
const events = [
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "c", name: "f", input: {} } },
  { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: "{}" } },
  { type: "content_block_stop", index: 0 },
  { type: "ping" },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
  { type: "message_stop" },
  { type: "error", error: { type: "api_error", message: "a" } },
];
const chunks = [
  { id: "1", model: "m", choices: [{ index: 0, delta: { role: "assistant", content: "", reasoning_content: "a" } }] },
  { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{" } }] } }] },
  { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: "}" } }] }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }], usage: { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 1 } } },
  { error: { code: 429, message: "a" } },
];
const completion = {
  id: "1",
  model: "m",
  choices: [{ index: 0, finish_reason: "stop", message: { content: "a", tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }] } }],
  usage: { prompt_tokens: 1 },
};

const context: AnswerContext = { model: "m", showsThinking: true, stops: [], knownIds: [], newId: () => "n" };
const responseContext = { echo: {}, sealsReasoning: true, created: 1 };
const sse = (all: readonly unknown[]) => Buffer.from(all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""));
const codeOf = (result: object) => ("refused" in result ? (result.refused as { code: string }).code : "translated");
const holds = (arbitrary: fc.Arbitrary<unknown>, check: (value: unknown) => void) => fc.assert(fc.property(arbitrary, check), { numRuns: runs });

test.each([
  ["chat", openChat, chatBody],
  ["responses", openResponses, responsesBody],
])("any body of %s is translated or refused as the caller's fault", (_name, open, truth) => {
  holds(fc.oneof(near(truth), json), (body) => {
    const result = open({} as ServerResponse).request(Buffer.from(JSON.stringify(body) ?? ""));
    expect(["translated", "request.invalid", "request.untranslatable"]).toContain(codeOf(result));
    if (Buffer.isBuffer(result)) expect(typeof JSON.parse(result.toString("utf8"))).toBe("object");
  });
  holds(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    expect(["translated", "request.invalid"]).toContain(codeOf(open({} as ServerResponse).request(Buffer.from(bytes as Uint8Array))));
  });
});

test("a body as deep as the stack is refused as the caller's fault", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const body = Buffer.from(
    `{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"a":${deep}}}}]}`,
  );
  for (const open of [openChat, openResponses]) expect(codeOf(open({} as ServerResponse).request(body))).toBe("request.invalid");
  expect(codeOf(attempt(() => translateMessages(JSON.parse(body.toString("utf8")), undefined, chatProfiles.generic)))).toBe("request.invalid");
});

test("any Messages request is translated to Chat Completions or refused as the caller's fault", () => {
  holds(fc.oneof(near(messagesBody), json), (given) => {
    // As it comes: no parser makes an object without a prototype.
    const body: unknown = JSON.parse(JSON.stringify(given));
    for (const profile of [chatProfiles.generic, chatProfiles.openrouter]) {
      const result = attempt(() => translateMessages(body, undefined, profile));
      expect(["translated", "request.invalid", "request.untranslatable"]).toContain(codeOf(result));
    }
  });
});

test("any events of Anthropic's make a stream in the other dialects, and any message an answer", () => {
  holds(fc.array(fc.oneof(near(events), fc.oneof(...events.map(near)), json), { maxLength: 12 }), (given) => {
    const bytes = sse((given as unknown[]).flat());
    for (const stream of [new ChatStream({ includeUsage: true, created: 1 }), new ResponsesStream(responseContext)])
      expect(typeof stream.push(bytes)).toBe("string");
  });
  holds(near(message), (given) => {
    const fields = typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : {};
    JSON.stringify([toChatCompletion(fields, 1), toResponse(fields, responseContext)]);
  });
});

test("any chunks of a provider make Anthropic's events in their order, or a clean fault; a stream is never complete twice", () => {
  holds(fc.array(fc.oneof(near(chunks), fc.oneof(...chunks.map(near)), json), { maxLength: 12 }), (given) => {
    const answer = new RawAnswer();
    const stream = new StreamTranslation(context, { answer, hidesUsage: true });
    let out = "";
    try {
      out += stream.data(sse((given as unknown[]).flat()))?.toString("utf8") ?? "";
      out += stream.end()?.toString("utf8") ?? "";
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AnswerFault);
    }
    const types = [...out.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type);
    let open = false;
    for (const type of types) {
      if (type === "content_block_start") expect(open).toBe(false);
      if (type === "content_block_delta" || type === "content_block_stop") expect(open).toBe(true);
      if (type === "content_block_start") open = true;
      if (type === "content_block_stop") open = false;
    }
    expect(types.filter((type) => type === "message_stop" || type === "error").length).toBeLessThan(2);
  });
  holds(near(completion), (given) => {
    try {
      toMessage((typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>, context);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AnswerFault);
    }
  });
  holds(json, (given) => void readProviderError(400, (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>));
});

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startUpstream(answerJson(wholeMessage));
  gateway = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: upstream.url });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

test("over HTTP any body gets an answer that is no failure of ours, in OpenAI's shape", async () => {
  const { key } = await gateway.mint();
  const body = fc.oneof(near(chatBody), near(responsesBody), json, fc.string());
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("chat/completions", "responses"), body, async (path, given) => {
      const text = typeof given === "string" ? given : (JSON.stringify(given) ?? "");
      const response = await fetch(`${gateway.url}/v1/${path}`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body: text });
      const answer = (await response.json()) as { error?: { message: string; type: string } };
      expect([200, 400]).toContain(response.status);
      if (response.status === 400) expect(answer.error).toMatchObject({ message: expect.any(String), type: "invalid_request_error" });
    }),
    { numRuns: Math.ceil(runs / 10) },
  );
});
