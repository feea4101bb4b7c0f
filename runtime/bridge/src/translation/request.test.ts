import { describe, expect, test } from "@jest/globals";
import { translateCount } from "./request.ts";
import { assistant, context, look, remembered, result, text, translate, use, user } from "../testing/translate.ts";

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

test("counting needs no bound and takes no field that steers the answer", () => {
  const body = { model: "claude-opus-5-5", messages: [{ role: "user", content: "hi" }], tools: [look], system: "s" };
  expect(translateCount(body, context)).toMatchObject({ model: "gemini-3.8-flash", request: { contents: [{ role: "user" }], tools: [{}] } });
  expect(translateCount(body, context).request).not.toHaveProperty("generationConfig");
  expect(() => translateCount({ ...body, temperature: 1 }, context)).toThrow("temperature: Extra inputs are not permitted");
});
