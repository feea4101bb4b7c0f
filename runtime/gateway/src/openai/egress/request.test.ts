import { expect, test } from "@jest/globals";
import { chatProfiles } from "./profile.ts";
import { translateMessages } from "./request.ts";

const user = { role: "user", content: "hi" };
const translate = (more: object, profile: keyof typeof chatProfiles = "generic", model?: string) =>
  translateMessages({ model: "claude-opus-5-5", max_tokens: 100, messages: [user], ...more }, model, chatProfiles[profile]);

test("a request of Claude Code's shape is said in Chat Completions, and what has no effect is named", () => {
  const { request, ignored, showsThinking } = translate(
    {
      system: [
        { type: "text", text: "x-anthropic-billing-header: cc_version=1;" },
        { type: "text", text: "You are an agent.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "Be brief." },
      ],
      messages: [
        { role: "user", content: [{ type: "text", text: "Look", cache_control: { type: "ephemeral" } }] },
        { role: "system", content: [{ type: "text", text: "Today is Friday." }] },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "sig" },
            { type: "text", text: "I read." },
            { type: "tool_use", id: "toolu_1", name: "Read", input: { path: "/a" } },
            { type: "tool_use", id: "toolu_2", name: "Shot", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "no such file", is_error: true },
            {
              type: "tool_result",
              tool_use_id: "toolu_2",
              content: [
                { type: "text", text: "done" },
                { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
              ],
            },
            { type: "text", text: "Go on." },
          ],
        },
      ],
      tools: [
        {
          name: "Read",
          description: "Reads",
          input_schema: { type: "object" },
          input_examples: [{ path: "/b" }],
          defer_loading: true,
          cache_control: { type: "ephemeral" },
        },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "xhigh" },
      context_management: { edits: [{ type: "clear_thinking_20251015" }] },
      metadata: { user_id: "{}" },
      stream: true,
      stop_sequences: ["END"],
    },
    "generic",
    "llama-4",
  );
  expect(request).toEqual({
    model: "llama-4",
    max_tokens: 100,
    stream: true,
    stream_options: { include_usage: true },
    stop: ["END"],
    messages: [
      { role: "system", content: "You are an agent.\n\nBe brief." },
      { role: "user", content: "Look" },
      { role: "system", content: "Today is Friday." },
      {
        role: "assistant",
        content: "I read.",
        tool_calls: [
          { id: "toolu_1", type: "function", function: { name: "Read", arguments: '{"path":"/a"}' } },
          { id: "toolu_2", type: "function", function: { name: "Shot", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "toolu_1", content: "The tool failed: no such file" },
      { role: "tool", tool_call_id: "toolu_2", content: "done" },
      {
        role: "user",
        content: [
          { type: "text", text: "From the result of Shot:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          { type: "text", text: "Go on." },
        ],
      },
    ],
    tools: [{ type: "function", function: { name: "Read", description: 'Reads\nExample input: {"path":"/b"}', parameters: { type: "object" } } }],
    tool_choice: "required",
    parallel_tool_calls: false,
  });
  expect([ignored, showsThinking]).toEqual([["context_management", "metadata", "thinking", "output_config.effort"], true]);
});

test("a service's profile decides how it is asked to think, how long it may answer, and what goes back", () => {
  const thought = {
    messages: [
      user,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "freehold-openai:1:c2ln" },
          { type: "text", text: "a" },
        ],
      },
      user,
    ],
  };
  const enabled = { thinking: { type: "enabled", budget_tokens: 5_000 } };
  expect(translate(enabled, "openai").request).toMatchObject({ max_completion_tokens: 100, reasoning_effort: "medium" });
  expect(translate(enabled, "openrouter").request.reasoning).toEqual({ max_tokens: 5_000 });
  expect(translate({ thinking: { type: "adaptive" }, output_config: { effort: "max" } }, "openrouter").request.reasoning).toEqual({ effort: "high" });
  expect(translate({ thinking: { type: "disabled" } }, "openai").request.reasoning_effort).toBeUndefined();
  expect(translate(thought, "vllm").request.messages[1]).toEqual({ role: "assistant", content: "a", reasoning_content: "Hm." });
  expect(translate(thought, "openrouter").request.messages[1]).toMatchObject({
    reasoning_details: [{ type: "reasoning.text", text: "Hm.", signature: "sig" }],
  });
  expect(translate(thought).request.messages[1]).toEqual({ role: "assistant", content: "a" });
  expect(translate({ top_k: 5 }, "vllm").request.top_k).toBe(5);
  expect(translate({ messages: [user, { role: "system", content: "late" }, user] }, "vllm").request.messages[1]).toEqual({
    role: "user",
    content: "<system-reminder>\nlate\n</system-reminder>",
  });
  expect(
    translateMessages({ model: "m", max_tokens: 128_000, messages: [user] }, undefined, { ...chatProfiles.generic, mostTokens: 8_192 }).request.max_tokens,
  ).toBe(8_192);
  const cached = { system: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] };
  expect(translate(cached, "openrouter").request.messages[0]).toEqual({
    role: "system",
    content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
  });
});

test("an answer's schema is asked for where the service can hold to it", () => {
  const schema = { type: "object", properties: {} };
  expect(translate({ output_config: { format: { type: "json_schema", schema } } }).request.response_format).toEqual({
    type: "json_schema",
    json_schema: { name: "answer", strict: true, schema },
  });
  expect(() => translate({ output_config: { format: { type: "json_schema", schema } } }, "deepseek")).toThrow("output_config.format: ");
});

test.each([
  ["top_k: ", { top_k: 5 }],
  ["mcp_servers: ", { mcp_servers: [{}] }],
  ["container: ", { container: "c" }],
  ["speed: ", { speed: "fast" }],
  ["safeguards: Extra inputs are not permitted", { safeguards: { a: 1 } }],
  ["context_management.edits.0: ", { context_management: { edits: [{ type: "new_20270101" }] } }],
  ["tools.0.type: ", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
  ["messages.0.content.0: ", { messages: [{ role: "user", content: [{ type: "container_upload" }] }] }],
  [
    "messages.0.content.0: this provider takes no PDF",
    { messages: [{ role: "user", content: [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: "a" } }] }] },
  ],
  ["messages.1: ", { messages: [user, { role: "assistant", content: "{" }] }],
  [
    "messages.1.content.0.tool.name: Input should be a valid string",
    { messages: [user, { role: "system", content: [{ type: "tool_removal", tool: { type: "tool_reference", name: { toString: false } } }] }] },
  ],
  ["messages: ", { messages: [] }],
  ["max_tokens: ", { max_tokens: "many" }],
])("what can't be said is refused by its name: %s", (words, more) => {
  expect(() => translate(more)).toThrow(words);
});
