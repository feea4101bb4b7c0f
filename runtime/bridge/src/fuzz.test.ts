import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BridgeError } from "./errors.ts";
import { createModelMap, parseRow, standardModelMap } from "./model-map.ts";
import { bridgeToken, geminiKey, startBridge, type TestBridge } from "./testing/fixtures.ts";
import { checkRequest } from "./testing/gemini-rules.ts";
import { readGenerateRequest } from "./testing/gemini-shape.ts";
import { saying } from "./testing/gemini-answers.ts";
import { translateCount, translateRequest, type TranslationContext } from "./translation/request.ts";

const context: TranslationContext = {
  modelFor: createModelMap(standardModelMap.split(",").flatMap((row) => parseRow(row) ?? [])).modelFor,
  signatures: { get: () => undefined, set: () => {} },
  unknownFields: "refuse",
  headroomTokens: 1_024,
};

/** Blocks, messages and tools as clients send them, in any order and number, so that many fit together and many don't. */
const words = fc.string({ minLength: 1, maxLength: 8 });
const id = fc.constantFrom("t1", "t2", "t3");
const toolName = fc.constantFrom("look", "7zip", "-dash");
const text = fc.record({ type: fc.constant("text"), text: words });
const image = fc.constant({ type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } });
const use = fc.record({ type: fc.constant("tool_use"), id, name: toolName, input: fc.dictionary(words, fc.jsonValue(), { maxKeys: 2 }) });
const result = fc.record(
  { type: fc.constant("tool_result"), tool_use_id: id, content: fc.oneof(words, fc.array(fc.oneof(text, image), { maxLength: 2 })), is_error: fc.boolean() },
  { requiredKeys: ["type", "tool_use_id"] },
);
const thinking = fc.record({ type: fc.constant("thinking"), thinking: words, signature: words });
const content = (...blocks: fc.Arbitrary<object>[]) => fc.oneof(words, fc.array(fc.oneof(...blocks), { minLength: 1, maxLength: 4 }));
const user = fc.record({ role: fc.constant("user"), content: content(text, image, result) });
const assistant = fc.record({ role: fc.constant("assistant"), content: content(text, use, thinking) });
const toolReference = fc.record({ type: fc.constant("tool_reference"), name: toolName });
const toolChange = fc.record({ type: fc.constantFrom("tool_addition", "tool_removal"), tool: toolReference });
const system = fc.record({ role: fc.constant("system"), content: content(text, toolChange) });
/** A use and its result, so that not every conversation with tools is refused. */
const round = fc.tuple(fc.uuid(), toolName, fc.option(thinking)).map(([callId, name, thought]) => [
  { role: "assistant", content: [...(thought === null ? [] : [thought]), { type: "tool_use", id: callId, name, input: {} }] },
  { role: "user", content: [{ type: "tool_result", tool_use_id: callId, content: "seen" }] },
]);
const messages = fc
  .array(fc.oneof({ weight: 3, arbitrary: round }, fc.tuple(user), fc.tuple(assistant), fc.tuple(system)), { maxLength: 5 })
  .map((some) => [{ role: "user", content: "begin" }, ...some.flat(), { role: "user", content: "end" }]);
const tool = fc.record({
  name: toolName,
  input_schema: fc.record(
    {
      type: fc.constant("object"),
      properties: fc.dictionary(
        words,
        fc.constantFrom({ type: "string" }, { const: 1 }, { pattern: "a" }, { type: "string", format: "date" }, { nullable: true, type: "number" }),
      ),
    },
    { requiredKeys: ["type"] },
  ),
});
const request = fc.record(
  {
    model: fc.constantFrom("claude-opus-5-5", "claude-haiku-5-5", "gemini-3.1-pro-preview", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-4-argon"),
    max_tokens: fc.integer({ min: 1, max: 200_000 }),
    messages,
    system: fc.oneof(words, fc.array(text, { maxLength: 2 })),
    tools: fc.uniqueArray(tool, { maxLength: 3, selector: ({ name }) => name }),
    tool_choice: fc.constantFrom({ type: "auto" }, { type: "any" }, { type: "none" }, { type: "tool", name: "look" }),
    thinking: fc.constantFrom(
      { type: "adaptive" },
      { type: "disabled" },
      { type: "enabled", budget_tokens: 1_024 },
      { type: "enabled", budget_tokens: 40_000 },
    ),
    output_config: fc.record({ effort: fc.constantFrom("low", "medium", "high", "xhigh", "max") }),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    top_k: fc.nat(64),
    stop_sequences: fc.array(words, { maxLength: 6 }),
  },
  { requiredKeys: ["model", "max_tokens", "messages"] },
);

test("every request is either refused in words of ours, or becomes one that Gemini's own rules let pass", () => {
  let passed = 0;
  const runs = 5_000;
  fc.assert(
    fc.property(request, (body) => {
      let translated;
      try {
        translated = translateRequest(body, context);
      } catch (thrown) {
        if (!(thrown instanceof BridgeError)) throw thrown;
        return;
      }
      passed += 1;
      const sent = JSON.parse(JSON.stringify(translated.request)) as unknown;
      checkRequest(translated.model, readGenerateRequest(sent), new Map());
    }),
    { numRuns: runs },
  );
  // A property that refuses nearly all would prove nearly nothing.
  expect(passed).toBeGreaterThan(runs / 10);
});

test("a body with one spot spoilt never makes anything but a refusal or a request", () => {
  const poison = fc.oneof(fc.jsonValue(), fc.constantFrom("__proto__", "constructor", -1, 1e308, "\u0000", "\ud800", [], {}, { toString: false }));
  fc.assert(
    fc.property(request, fc.nat(), poison, (body, spot, value) => {
      const spoilt = structuredClone(body) as unknown as object;
      const spots = spotsOf(spoilt);
      const [holder, key] = spots[spot % spots.length] ?? [spoilt, "model"];
      (holder as Record<string, unknown>)[key] = value;
      for (const translate of [translateRequest, translateCount])
        try {
          translate(spoilt, { ...context, unknownFields: spot % 2 === 0 ? "refuse" : "ignore" });
        } catch (thrown) {
          if (!(thrown instanceof BridgeError)) throw thrown;
        }
    }),
    { numRuns: 10_000 },
  );
});

const spotsOf = (value: object): [object, string][] =>
  Object.entries(value).flatMap(([key, each]): [object, string][] => [
    [value, key],
    ...(typeof each === "object" && each !== null ? spotsOf(each as object) : []),
  ]);

describe("over HTTP", () => {
  let bridge: TestBridge;
  beforeAll(async () => {
    bridge = await startBridge({ environment: { GEMINI_API_KEY: geminiKey, MAX_BODY_BYTES: "100000", IDLE_TIMEOUT_MS: "500", FIRST_BYTE_TIMEOUT_MS: "500" } });
  });
  afterAll(() => bridge.close());
  beforeEach(() => bridge.gemini.outage(undefined));

  const errorShape = { type: "error", error: { type: expect.any(String), message: expect.any(String) }, request_id: expect.any(String) };

  test("any body on any route gets an answer in Anthropic's shape, and never a failure of ours", async () => {
    bridge.gemini.script(saying("ok"));
    const path = fc.constantFrom("/v1/messages", "/v1/messages?beta=true", "/v1/messages/count_tokens", "/v1/models/x", "/v1/%E0%A4%A", "/v1/nothing");
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      request.map((given) => JSON.stringify(given)),
      fc.constant("[".repeat(50_000)),
      fc.constant("x".repeat(100_001)),
    );
    const type = fc.constantFrom("application/json", "text/plain", "application/json; charset=latin1", "multipart/form-data", "");
    const encoding = fc.constantFrom("identity", "gzip", "br", "nonsense");
    await fc.assert(
      fc.asyncProperty(path, body, type, fc.oneof({ weight: 5, arbitrary: fc.constant("identity") }, encoding), async (where, text, contentType, coding) => {
        const response = await bridge.post(where, text, { headers: { "content-type": contentType, "content-encoding": coding } });
        const answer = (await response.json()) as object;
        if (response.status !== 200) expect(answer).toEqual(errorShape);
        expect([200, 400, 401, 404, 413]).toContain(response.status);
      }),
      { numRuns: 500 },
    );
    expect(bridge.logged()).not.toContain("request.failed");
  });

  test("any header is survived, and a wrong token gets 401", async () => {
    const value = fc.string({ unit: fc.constantFrom(..."abc-.=;,/ 01\"'%\u00e9"), maxLength: 60 });
    const name = fc.constantFrom("x-api-key", "authorization", "x-request-id", "anthropic-beta", "anthropic-version", "expect", "accept-encoding", "range");
    await fc.assert(
      fc.asyncProperty(name, value, async (header, given) => {
        if (header === "expect") return;
        const response = await fetch(`${bridge.url}/v1/models`, { headers: { "x-api-key": bridgeToken, [header]: given } });
        await response.arrayBuffer();
        expect(response.status).toBe(header === "x-api-key" ? 401 : 200);
      }),
      { numRuns: 300 },
    );
  });

  test("any garbage from Gemini becomes an error of the provider's or a whole answer: no hang, no half success, no failure of ours", async () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          candidates: fc.oneof(
            fc.jsonValue(),
            fc.array(
              fc.record({
                content: fc.record({ parts: fc.array(fc.dictionary(fc.constantFrom("text", "thought", "functionCall", "x"), fc.jsonValue())) }),
                finishReason: fc.constantFrom("STOP", "X", 1),
              }),
            ),
          ),
        })
        .map((each) => JSON.stringify(each)),
      fc.record({ error: fc.jsonValue() }).map((each) => JSON.stringify(each)),
      fc.record({ usageMetadata: fc.jsonValue() }).map((each) => JSON.stringify(each)),
    );
    const status = fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, fc.constantFrom(204, 301, 400, 401, 404, 418, 429, 500, 599));
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { maxLength: 4 }), status, fc.boolean(), fc.boolean(), async (events, code, cut, stream) => {
        bridge.gemini.outage((response) => {
          response.writeHead(code, { "content-type": "text/event-stream" });
          if (code !== 204) for (const event of events) response.write(`data: ${event}\r\n\r\n`);
          if (cut) response.destroy();
          else response.end();
        });
        const body = { model: "claude-opus-5-5", max_tokens: 10, stream, messages: [{ role: "user", content: "hi" }] };
        const response = await bridge.post("/v1/messages", body);
        const text = await response.text();
        expect(response.status).not.toBe(500);
        if (response.status !== 200) expect(JSON.parse(text)).toEqual(errorShape);
        else if (stream) expect(text).toMatch(/event: (message_stop|error)\ndata: .+\n\n$/);
        else expect(JSON.parse(text)).toMatchObject({ type: "message", stop_reason: expect.any(String) });
      }),
      { numRuns: 600 },
    );
    expect(bridge.logged()).not.toMatch(/request\.failed|message\.failed/);
    expect(bridge.gemini.open()).toBe(0);
  });
});
