import { describe, expect, test } from "@jest/globals";
import { assistant, look, text, translate, user } from "../testing/translate.ts";

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
    const nameless = { type: "tool_removal", tool: { type: "tool_reference", name: { toString: false } } };
    expect(() => translate({ tools: [look], messages: [user(text("hi")), { role: "system", content: [nameless] }] })).toThrow(
      "messages.1.content.0.tool.name: Input should be a valid string",
    );
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
