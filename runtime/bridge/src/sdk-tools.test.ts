import { describe, expect, test } from "@jest/globals";
import { calling, saying } from "./testing/gemini-answers.ts";
import { present } from "./testing/fixtures.ts";
import { prompt, weather, withSdk } from "./testing/sdk-scene.ts";

const scene = withSdk();

describe("a round trip with tools", () => {
  test("the call, its id and Gemini's signature go out and come back, so that Gemini takes the history", async () => {
    scene.bridge.gemini.script(calling([{ name: "get_weather", args: { city: "Bern" }, id: "abc123" }], { text: "I look." }));
    const first = await scene.client.messages.create({ ...prompt, tools: [weather] });
    expect(first.stop_reason).toBe("tool_use");
    const use = present(first.content.find((block) => block.type === "tool_use"));
    expect(use).toMatchObject({ name: "get_weather", input: { city: "Bern" } });
    scene.bridge.gemini.script(saying("It rains."));
    const second = await scene.client.messages.create({
      ...prompt,
      tools: [weather],
      messages: [
        ...prompt.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "rain" }] },
      ],
    });
    expect(second.content).toMatchObject([{ type: "text", text: "It rains." }]);
    expect(scene.lastCall().request.contents.slice(1)).toMatchObject([
      {
        role: "model",
        parts: [{ text: "I look." }, { functionCall: { id: "abc123", name: "get_weather", args: { city: "Bern" } }, thoughtSignature: expect.any(String) }],
      },
      { role: "user", parts: [{ functionResponse: { id: "abc123", name: "get_weather", response: { output: "rain" } } }] },
    ]);
    expect(scene.lastCall().request.contents[1]?.parts[1]?.thoughtSignature).not.toBe("skip_thought_signature_validator");
    expect(scene.bridge.gemini.refusals).toEqual([]);
  });

  test("parallel calls in a stream become several tool uses, whose results pair up again", async () => {
    scene.bridge.gemini.script(
      calling([
        { name: "get_weather", args: { city: "Bern" }, id: "a" },
        { name: "get_weather", args: { city: "Basel" }, id: "b" },
      ]),
    );
    const first = await scene.client.messages.stream({ ...prompt, tools: [weather] }).finalMessage();
    const uses = first.content.filter((block) => block.type === "tool_use");
    expect(uses.map(({ input }) => input)).toEqual([{ city: "Bern" }, { city: "Basel" }]);
    scene.bridge.gemini.script(saying("Done."));
    // In the other order than they were asked in, and one of them failed.
    const results = uses.toReversed().map(({ id }, index) => ({ type: "tool_result" as const, tool_use_id: id, content: "rain", is_error: index === 0 }));
    await scene.client.messages.create({
      ...prompt,
      tools: [weather],
      messages: [
        ...prompt.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [...results, { type: "text", text: "And now?" }] },
      ],
    });
    const [, , answered, asked] = scene.lastCall().request.contents;
    expect(answered?.parts.map(({ functionResponse }) => [functionResponse?.id, functionResponse?.response])).toEqual([
      ["b", { error: "rain" }],
      ["a", { output: "rain" }],
    ]);
    expect(asked).toEqual({ role: "user", parts: [{ text: "And now?" }] });
    expect(scene.bridge.gemini.refusals).toEqual([]);
  });

  test("a forced tool is forced at Gemini, and a name that begins with a digit finds its way back", async () => {
    const tool = { ...weather, name: "7zip" };
    scene.bridge.gemini.script(calling([{ name: "_7zip", args: {} }]));
    const message = await scene.client.messages.create({
      ...prompt,
      tools: [tool],
      tool_choice: { type: "tool", name: "7zip", disable_parallel_tool_use: true },
    });
    expect(message.content).toMatchObject([{ type: "tool_use", name: "7zip" }]);
    expect(scene.lastCall().request.toolConfig).toEqual({ functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["_7zip"] } });
  });
});

describe("thinking", () => {
  const thinking = { type: "adaptive" as const };

  test("comes as a block with a signature, before what was thought of", async () => {
    scene.bridge.gemini.script(calling([{ name: "get_weather", args: { city: "Bern" }, id: "x" }], { thought: "Which city? Bern." }));
    const first = await scene.client.messages.stream({ ...prompt, thinking, tools: [weather] }).finalMessage();
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    expect(first.content[0]).toMatchObject({ thinking: "Which city? Bern.", signature: expect.stringMatching(/^freehold-gemini:1:gemini-3\.8-flash:call:/) });
    expect(scene.lastCall().request.generationConfig?.thinkingConfig).toEqual({ includeThoughts: true });
  });

  test("carries Gemini's signature for clients that forget it and for a bridge that was restarted", async () => {
    scene.bridge.gemini.script(calling([{ name: "get_weather", args: { city: "Bern" }, id: "x" }], { thought: "Hm." }));
    const first = await scene.client.messages.create({ ...prompt, thinking, tools: [weather] });
    const use = present(first.content.find((block) => block.type === "tool_use"));
    await scene.bridge.restart();
    scene.connect();
    scene.bridge.gemini.script(saying("Done."));
    const answer = [
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: [{ type: "tool_result" as const, tool_use_id: use.id, content: "rain" }] },
    ];
    await scene.client.messages.create({ ...prompt, thinking, tools: [weather], messages: [...prompt.messages, ...answer] });
    const sent = () => scene.lastCall().request.contents[1]?.parts.find(({ functionCall }) => functionCall !== undefined)?.thoughtSignature;
    expect(sent()).not.toBe("skip_thought_signature_validator");
    expect(scene.bridge.gemini.refusals).toEqual([]);
    // Without the block the restarted bridge knows nothing, and says so in the words that Google takes.
    const stripped = [{ role: "assistant" as const, content: first.content.filter(({ type }) => type !== "thinking") }, ...answer.slice(1)];
    await scene.client.messages.create({ ...prompt, tools: [weather], messages: [...prompt.messages, ...stripped] });
    expect(sent()).toBe("skip_thought_signature_validator");
    expect(scene.bridge.gemini.refusals).toEqual([]);
  });

  test("of another provider is left out when the conversation comes over to Gemini", async () => {
    const messages = [
      ...prompt.messages,
      {
        role: "assistant" as const,
        content: [
          { type: "thinking" as const, thinking: "of Claude", signature: "EqQBCkgIAxABGAI" },
          { type: "redacted_thinking" as const, data: "secret" },
          { type: "tool_use" as const, id: "toolu_01", name: "get_weather", input: { city: "Bern" } },
        ],
      },
      { role: "user" as const, content: [{ type: "tool_result" as const, tool_use_id: "toolu_01", content: "rain" }] },
    ];
    await scene.client.messages.create({ ...prompt, thinking, tools: [weather], messages });
    expect(scene.lastCall().request.contents[1]?.parts).toEqual([
      { functionCall: { id: "toolu_01", name: "get_weather", args: { city: "Bern" } }, thoughtSignature: "skip_thought_signature_validator" },
    ]);
    expect(scene.bridge.gemini.refusals).toEqual([]);
  });
});
