import { describe, expect, test } from "@jest/globals";
import { createModelMap, parseRow, standardModelMap } from "../model-map.ts";
import { checkRequest } from "../testing/gemini-rules.ts";
import { readGenerateRequest } from "../testing/gemini-shape.ts";
import { translateCount, translateRequest, type TranslationContext } from "./request.ts";

const rows = `${standardModelMap},claude-2.5=x`.split(",").flatMap((text) => parseRow(text) ?? []);
const remembered = new Map<string, { model: string; value: string }>();
const context: TranslationContext = {
  modelFor: createModelMap(rows).modelFor,
  signatures: { get: (id) => remembered.get(id), set: (id, model, value) => void remembered.set(id, { model, value }) },
  unknownFields: "refuse",
  headroomTokens: 1_024,
};

/** Translates, and holds the result to what Gemini takes. */
function translate(more: object, given: Partial<TranslationContext> = {}) {
  const body = { model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...more };
  const translation = translateRequest(body, { ...context, ...given });
  const signed = new Map([["c2lnbmVk", { model: translation.model, of: "look" }]]);
  checkRequest(translation.model, readGenerateRequest(structuredClone(translation.request)), signed);
  return translation;
}
const user = (...content: object[]) => ({ role: "user", content });
const assistant = (...content: object[]) => ({ role: "assistant", content });
const text = (words: string) => ({ type: "text", text: words });
const use = (id: string, more: object = {}) => ({ type: "tool_use", id, name: "look", input: {}, ...more });
const result = (id: string, content: unknown = "seen", more: object = {}) => ({ type: "tool_result", tool_use_id: id, content, ...more });
const look = { name: "look", description: "Looks", input_schema: { type: "object", properties: { at: { type: "string" } } } };

describe("messages", () => {
  test("of one role become one turn", () => {
    const { request } = translate({ messages: [user(text("a")), user(text("b")), assistant(text("c")), assistant(text("d")), user(text("e"))] });
    expect(request.contents).toEqual([
      { role: "user", parts: [{ text: "a" }, { text: "b" }] },
      { role: "model", parts: [{ text: "c" }, { text: "d" }] },
      { role: "user", parts: [{ text: "e" }] },
    ]);
  });

  test("of the system between the others keep their place, as marked words of the user", () => {
    const { request } = translate({
      messages: [
        { role: "user", content: "hi" },
        { role: "system", content: [{ ...text("It is Monday."), cache_control: { type: "ephemeral" } }] },
        { role: "assistant", content: "hello" },
        { role: "user", content: "bye" },
        { role: "system", content: "gone", clear_at: "next_user_message" },
        { role: "user", content: "still?" },
      ],
    });
    expect(request.contents).toEqual([
      { role: "user", parts: [{ text: "hi" }, { text: "<system>\nIt is Monday.\n</system>" }] },
      { role: "model", parts: [{ text: "hello" }] },
      { role: "user", parts: [{ text: "bye" }, { text: "still?" }] },
    ]);
  });

  test("with tool results put these first, in a turn of their own", () => {
    const { request } = translate({
      tools: [look],
      messages: [
        user(text("go")),
        assistant(text("I look"), use("t1"), use("t2")),
        user(text("by the way"), result("t2"), result("t1", null, { is_error: true })),
      ],
    });
    expect(request.contents.slice(1)).toEqual([
      {
        role: "model",
        parts: [
          { text: "I look" },
          { functionCall: { id: "t1", name: "look", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
          { functionCall: { id: "t2", name: "look", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "t2", name: "look", response: { output: "seen" } } },
          { functionResponse: { id: "t1", name: "look", response: { error: "" } } },
        ],
      },
      { role: "user", parts: [{ text: "by the way" }] },
    ]);
  });

  test("with documents and search results become text and bytes under their titles", () => {
    const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERi0=" };
    const { request } = translate({
      messages: [
        user(
          { type: "document", source: pdf, title: "Report", context: "of 2026" },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "plain" } },
          { type: "document", source: { type: "content", content: [text("in pieces")] } },
          { type: "search_result", source: "https://a.example", title: "A", content: [text("found")] },
          { type: "image", source: { type: "url", url: "data:image/webp;base64,AAAA" } },
        ),
      ],
    });
    expect(request.contents[0]?.parts).toEqual([
      { text: "Document: Report\nContext: of 2026" },
      { inlineData: { mimeType: "application/pdf", data: "JVBERi0=" } },
      { text: "plain" },
      { text: "in pieces" },
      { text: "Search result: A\nSource: https://a.example\nfound" },
      { inlineData: { mimeType: "image/webp", data: "AAAA" } },
    ]);
  });
});

describe("signatures of calls", () => {
  const messages = (...blocks: object[]) => [user(text("go")), assistant(...blocks), user(result("t1"))];
  const signatureOf = (given: ReturnType<typeof translate>) => given.request.contents[1]?.parts.at(-1)?.thoughtSignature;
  const thinking = (model: string) => ({ type: "thinking", thinking: "", signature: `freehold-gemini:1:${model}:call:c2lnbmVk` });

  test("come from the thinking block before the call", () => {
    expect(signatureOf(translate({ tools: [look], messages: messages(thinking("gemini-3.8-flash"), use("t1")) }))).toBe("c2lnbmVk");
  });

  test("come from memory where the client sends no thinking back", () => {
    remembered.set("t1", { model: "gemini-3.8-flash", value: "c2lnbmVk" });
    expect(signatureOf(translate({ tools: [look], messages: messages(use("t1")) }))).toBe("c2lnbmVk");
    remembered.clear();
  });

  test("of another model are none", () => {
    remembered.set("t1", { model: "gemini-3.5-flash-lite", value: "c2lnbmVk" });
    expect(signatureOf(translate({ tools: [look], messages: messages(thinking("gemini-3.1-pro-preview"), use("t1")) }))).toBe(
      "skip_thought_signature_validator",
    );
    remembered.clear();
  });

  test("are not asked for by models before Gemini 3", () => {
    expect(signatureOf(translate({ model: "gemini-2.5-flash", tools: [look], messages: messages(use("t1")) }))).toBeUndefined();
  });
});

test("the system prompt keeps its blocks, but for the one that speaks to Anthropic's accounting", () => {
  const system = [text("x-anthropic-billing-header: cc_version=2.1.329;"), { ...text("Be brief"), cache_control: { type: "ephemeral" } }, text("Be kind")];
  expect(translate({ system }).request.systemInstruction).toEqual({ parts: [{ text: "Be brief" }, { text: "Be kind" }] });
  expect(translate({ system: "" }).request).not.toHaveProperty("systemInstruction");
});

describe("tools", () => {
  test("become declarations; one without parameters has none", () => {
    const bare = { type: "custom", name: "now", input_schema: { type: "object" }, defer_loading: true, cache_control: { type: "ephemeral" } };
    expect(translate({ tools: [{ ...look, input_examples: [{ at: "x" }] }, bare] }).request.tools).toEqual([
      {
        functionDeclarations: [
          { name: "look", description: 'Looks\n\nExamples of input: [{"at":"x"}]', parametersJsonSchema: look.input_schema },
          { name: "now" },
        ],
      },
    ]);
  });

  test.each([
    [undefined, { mode: "AUTO" }],
    [{ type: "auto" }, { mode: "AUTO" }],
    [{ type: "any" }, { mode: "ANY" }],
    [{ type: "none" }, { mode: "NONE" }],
    [
      { type: "tool", name: "look" },
      { mode: "ANY", allowedFunctionNames: ["look"] },
    ],
  ])("chosen by %j are called by %j", (choice, config) => {
    expect(translate({ tools: [look], tool_choice: choice }).request.toolConfig).toEqual({ functionCallingConfig: config });
  });

  test("that must keep to their schema are validated by Gemini", () => {
    expect(translate({ tools: [{ ...look, strict: true }] }).request.toolConfig).toEqual({ functionCallingConfig: { mode: "VALIDATED" } });
  });

  test("may come and go in mid-conversation", () => {
    const added = { type: "tool_addition", tool: { type: "tool_definition", definition: { name: "jump", input_schema: { type: "object" } } } };
    const removed = { type: "tool_removal", tool: { type: "tool_reference", name: "look" } };
    const { request } = translate({ tools: [look], messages: [user(text("hi")), { role: "system", content: [added, removed] }] });
    expect(request.tools).toEqual([{ functionDeclarations: [{ name: "jump" }] }]);
    expect(request.contents[0]?.parts[1]).toEqual({ text: "<system>\nThe tool jump can be used now.\nThe tool look can't be used any more.\n</system>" });
  });
});

describe("thinking and effort", () => {
  const opus = "claude-opus-5-5";
  const enabled = (budget_tokens: number) => ({ thinking: { type: "enabled", budget_tokens }, max_tokens: 60_000 });
  test.each([
    [opus, {}, undefined, "nothing"],
    [opus, { thinking: { type: "adaptive" } }, { includeThoughts: true }, "summary"],
    [opus, { thinking: { type: "adaptive", display: "omitted" } }, undefined, "signature"],
    [opus, { thinking: { type: "disabled" } }, { thinkingLevel: "LOW" }, "nothing"],
    [opus, { output_config: { effort: "medium" } }, { thinkingLevel: "MEDIUM" }, "nothing"],
    [opus, { output_config: { effort: "max" } }, { thinkingLevel: "HIGH" }, "nothing"],
    [opus, enabled(2_000), { includeThoughts: true, thinkingLevel: "LOW" }, "summary"],
    [opus, enabled(32_000), { includeThoughts: true, thinkingLevel: "HIGH" }, "summary"],
    ["claude-haiku-5-5", { thinking: { type: "disabled" } }, { thinkingLevel: "MINIMAL" }, "nothing"],
    ["gemini-2.5-flash", { thinking: { type: "disabled" } }, { thinkingBudget: 0 }, "nothing"],
    ["gemini-2.5-pro", { thinking: { type: "disabled" } }, { thinkingBudget: 128 }, "nothing"],
    ["gemini-2.5-flash", enabled(50_000), { includeThoughts: true, thinkingBudget: 24_576 }, "summary"],
    ["gemini-2.5-pro", { thinking: { type: "adaptive" } }, { includeThoughts: true, thinkingBudget: -1 }, "summary"],
  ])("%s with %j is steered by %j and shows %s", (model, more, config, shown) => {
    const translation = translate({ model, ...more });
    expect([translation.request.generationConfig?.thinkingConfig, translation.shown]).toEqual([config, shown]);
  });

  test("of this turn may be set by a system message", () => {
    const effort = { role: "system", output_config: { effort: "low" } };
    const config = (...messages: object[]) => translate({ messages, output_config: { effort: "high" } }).request.generationConfig?.thinkingConfig;
    expect(config(user(text("a")), effort)).toEqual({ thinkingLevel: "LOW" });
    expect(config(user(text("a")), effort, assistant(text("b")), user(text("c")))).toEqual({ thinkingLevel: "HIGH" });
  });
});

describe("the answer's bounds", () => {
  test("leave room for thinking that the caller didn't ask for, and end at the model's own", () => {
    const tokens = (more: object) => translate(more).request.generationConfig?.maxOutputTokens;
    expect([tokens({}), tokens({ thinking: { type: "adaptive" } }), tokens({ max_tokens: 128_000 })]).toEqual([1_124, 100, 65_536]);
  });

  test("sampling goes where it has an effect, and is named as ignored elsewhere", () => {
    const sampling = { temperature: 0.5, top_p: 0.9, top_k: 40, stop_sequences: ["END"] };
    expect(translate({ model: "gemini-2.5-flash", ...sampling }).request.generationConfig).toMatchObject({
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ["END"],
    });
    expect(translate({ model: "gemini-2.5-flash", top_k: 0 }).request.generationConfig).not.toHaveProperty("topK");
    expect(translate(sampling).ignored).toEqual(["temperature", "top_k", "top_p"]);
  });

  test("a JSON format is held by Gemini", () => {
    const format = { type: "json_schema", schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false } };
    const held = { responseMimeType: "application/json", responseJsonSchema: format.schema };
    expect(translate({ output_config: { format } }).request.generationConfig).toMatchObject(held);
    expect(translate({ output_format: format }).request.generationConfig).toMatchObject(held);
  });
});

test("fields that say nothing to a model are taken, and those without effect are named", () => {
  const { ignored } = translate({
    metadata: { user_id: "{}" },
    service_tier: "standard_only",
    tags: ["a"],
    cache_control: { type: "ephemeral" },
    context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
    container: null,
  });
  expect(ignored).toEqual(["context_management", "service_tier"]);
});

test("a field that the bridge doesn't know is refused by name, or named as ignored where the owner wants it so", () => {
  expect(() => translate({ safeguards: {} })).toThrow("safeguards: Extra inputs are not permitted");
  expect(() => translate({ messages: [user({ ...text("a"), future: 1 })] })).toThrow("messages.0.content.0.future: Extra inputs are not permitted");
  expect(translate({ safeguards: {}, future: null }, { unknownFields: "ignore" }).ignored).toEqual(["safeguards"]);
});

describe("what can't be translated is refused by its name", () => {
  const image = (source: object) => ({ messages: [user({ type: "image", source })] });
  test.each([
    ["an image's address", image({ type: "url", url: "https://a.example/x.png" }), "messages.0.content.0.source.url"],
    ["an uploaded file", image({ type: "file", file_id: "f" }), "messages.0.content.0.source"],
    ["a GIF", image({ type: "base64", media_type: "image/gif", data: "R0lGODlh" }), "messages.0.content.0.source.media_type"],
    ["an unknown block", { messages: [user({ type: "container_upload", file_id: "f" })] }, 'messages.0.content.0: blocks of type "container_upload"'],
    ["citations", { messages: [user({ type: "document", source: { type: "text", data: "a" }, citations: { enabled: true } })] }, "citations.enabled"],
    ["a server's tool", { tools: [{ type: "web_search_20250305", name: "web_search" }] }, 'tools.0: tools of type "web_search_20250305"'],
    ["MCP servers", { mcp_servers: [{ url: "https://a.example" }] }, "mcp_servers"],
    ["a fast mode", { speed: "fast" }, "speed"],
    ["a place", { inference_geo: "us" }, "inference_geo"],
    ["a container", { container: "c1" }, "container"],
    ["a task's budget", { output_config: { task_budget: { total: 5 } } }, "output_config.task_budget"],
    ["six stop sequences", { stop_sequences: [..."abcdef"] }, "stop_sequences"],
    ["an unknown edit of the context", { context_management: { edits: [{ type: "summon_20270101" }] } }, "context_management.edits.0"],
    [
      "a format beside tools before Gemini 3",
      { model: "gemini-2.5-pro", tools: [look], output_format: { type: "json_schema", schema: {} } },
      "output_config.format",
    ],
    ["a given beginning of the answer", { messages: [user(text("a")), assistant(text("b"))] }, "does not support assistant message prefill"],
  ])("%s", (_what, more, message) => {
    expect(() => translate(more)).toThrow(expect.objectContaining({ code: "request.untranslatable", message: expect.stringContaining(message) }));
  });

  test("a given beginning of the answer goes to the models that take it", () => {
    expect(translate({ model: "gemini-3.1-pro-preview", messages: [user(text("a")), assistant(text("b"))] }).request.contents).toHaveLength(2);
  });
});

describe("what Anthropic refuses is refused in its words", () => {
  test.each([
    ["no messages", { messages: [] }, "messages: at least one message is required"],
    ["an empty text", { messages: [user(text(""))] }, "messages.0.content.0.text: text content blocks must be non-empty"],
    ["an assistant first", { messages: [assistant(text("a")), user(text("b"))] }, 'first message must use the "user" role'],
    ["a result without a use", { messages: [user(result("t1"))] }, "unexpected `tool_use_id` found in `tool_result` blocks: t1"],
    ["a use without a result", { messages: [user(text("a")), assistant(use("t1")), user(text("b"))] }, "without `tool_result` blocks immediately after: t1"],
    ["two uses of one id", { messages: [user(text("a")), assistant(use("t1"), use("t1")), user(result("t1"))] }, "`tool_use` ids must be unique"],
    ["two tools of one name", { tools: [look, look] }, "Tool names must be unique."],
    ["a choice without tools", { tool_choice: { type: "any" } }, "tool_choice: may only be specified while providing tools"],
    ["a choice of no tool", { tools: [look], tool_choice: { type: "tool", name: "jump" } }, "Tool 'jump' not found in provided tools"],
    ["a budget over the bound", { thinking: { type: "enabled", budget_tokens: 2_000 } }, "must be greater than `thinking.budget_tokens`"],
    ["a hot temperature", { temperature: 1.5 }, "temperature"],
    ["a strange role", { messages: [{ role: "robot", content: "a" }] }, "messages.0.role"],
  ])("%s", (_what, more, message) => {
    expect(() => translate(more)).toThrow(expect.objectContaining({ code: "request.invalid", message: expect.stringContaining(message) }));
  });

  test.each([[null], [[]], ["text"], [42]])("a body that is %j", (body) => {
    expect(() => translateRequest(body, context)).toThrow("body: Input should be a JSON object");
  });

  test("a body that only nests", () => {
    const deep = JSON.parse("[".repeat(5_000) + "]".repeat(5_000)) as unknown;
    expect(() => translate({ metadata: deep })).toThrow("nests deeper than 400 levels");
  });
});

test("counting needs no bound and takes no field that steers the answer", () => {
  const body = { model: "claude-opus-5-5", messages: [{ role: "user", content: "hi" }], tools: [look], system: "s" };
  expect(translateCount(body, context)).toMatchObject({ model: "gemini-3.8-flash", request: { contents: [{ role: "user" }], tools: [{}] } });
  expect(translateCount(body, context).request).not.toHaveProperty("generationConfig");
  expect(() => translateCount({ ...body, temperature: 1 }, context)).toThrow("temperature: Extra inputs are not permitted");
});
