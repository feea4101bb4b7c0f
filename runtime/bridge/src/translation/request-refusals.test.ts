import { describe, expect, test } from "@jest/globals";
import { translateRequest } from "./request.ts";
import { assistant, context, look, result, text, translate, use, user } from "../testing/translate.ts";

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
