import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { StreamEvent } from "../anthropic/events.ts";
import { BridgeError } from "../errors.ts";
import type { GenerateContentResponse, Part } from "../gemini/types.ts";
import { chunk } from "../testing/gemini-answers.ts";
import { assemble } from "./message.ts";
import { Reply, type ReplyContext } from "./reply.ts";
import { createToolIds } from "./tool-ids.ts";
import { createToolNames } from "./tool-names.ts";

const remembered: string[] = [];

function replyOf(more: Partial<ReplyContext> = {}): Reply {
  let made = 0;
  return new Reply({
    messageId: "msg_1",
    name: "claude-opus-5-5",
    model: "gemini-3.8-flash",
    shown: "summary",
    names: createToolNames(["look"]),
    single: false,
    toolUseId: createToolIds(new Set(["toolu_gemini_old"]), () => String((made += 1))),
    remember: (...call) => void remembered.push(call.join(" ")),
    ...more,
  });
}

function eventsOf(chunks: GenerateContentResponse[], more: Partial<ReplyContext> = {}): StreamEvent[] {
  const reply = replyOf(more);
  return [...chunks.flatMap((each) => reply.chunk(each)), ...reply.end()];
}
const messageOf = (chunks: GenerateContentResponse[], more: Partial<ReplyContext> = {}) => assemble(eventsOf(chunks, more));
const ended = (...parts: Part[]) => chunk(parts, { finishReason: "STOP" });
const call = (id?: string, name = "look"): Part => ({ functionCall: { name, args: { at: 1 }, ...(id === undefined ? {} : { id }) } });
const sealed = (of: string, value = "c2ln") => `freehold-gemini:1:gemini-3.8-flash:${of}:${value}`;

describe("an answer ends", () => {
  test.each([
    ["STOP", "end_turn"],
    ["MAX_TOKENS", "max_tokens"],
    ["SAFETY", "refusal"],
    ["RECITATION", "refusal"],
    ["PROHIBITED_CONTENT", "refusal"],
    ["SPII", "refusal"],
  ])("with %s as %s", (finishReason, stopReason) => {
    expect(messageOf([chunk([{ text: "a" }], { finishReason })])).toMatchObject({ stop_reason: stopReason, content: [{ type: "text", text: "a" }] });
  });

  test("with a tool use as tool_use, unless it was cut", () => {
    expect(messageOf([ended(call())]).stop_reason).toBe("tool_use");
    expect(messageOf([chunk([call()], { finishReason: "MAX_TOKENS" })]).stop_reason).toBe("max_tokens");
  });

  test("as a refusal that says why, where the prompt itself was refused", () => {
    expect(messageOf([{ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }])).toMatchObject({
      content: [],
      stop_reason: "refusal",
      stop_details: { type: "refusal", explanation: "Gemini refused the prompt (PROHIBITED_CONTENT)." },
    });
  });

  test.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER", "SOMETHING_NEW"])("with %s as an error, never as a success", (finishReason) => {
    expect(() => eventsOf([chunk([{ text: "a" }], { finishReason })])).toThrow(expect.objectContaining({ code: "upstream.bad-answer" }));
  });

  test("without a reason as a cut", () => {
    expect(() => eventsOf([chunk([{ text: "a" }])])).toThrow(expect.objectContaining({ code: "upstream.cut" }));
  });
});

describe("thinking", () => {
  const chunks = [chunk([{ text: "Hm", thought: true }]), chunk([{ text: ", so", thought: true }]), ended({ ...call("x"), thoughtSignature: "c2ln" })];

  test("that is shown stands before what was thought of, and carries its signature", () => {
    expect(messageOf(chunks).content).toMatchObject([{ type: "thinking", thinking: "Hm, so", signature: sealed("call") }, { type: "tool_use" }]);
  });

  test("that is only signed has no words", () => {
    expect(messageOf(chunks, { shown: "signature" }).content).toMatchObject([
      { type: "thinking", thinking: "", signature: sealed("call") },
      { type: "tool_use" },
    ]);
  });

  test("that was not asked for stays out, and the signature is remembered", () => {
    remembered.length = 0;
    expect(messageOf(chunks, { shown: "nothing" }).content).toMatchObject([{ type: "tool_use", id: "toolu_gemini_x" }]);
    expect(remembered).toEqual(["toolu_gemini_x gemini-3.8-flash c2ln"]);
  });

  test("with a signature of its own keeps it; without one it ends with a mark that signs nothing", () => {
    const own = messageOf([chunk([{ text: "a", thought: true, thoughtSignature: "c2ln" }]), chunk([{ text: "b", thought: true }]), ended({ text: "c" })]);
    expect(own.content).toEqual([
      { type: "thinking", thinking: "a", signature: sealed("thought") },
      { type: "thinking", thinking: "b", signature: sealed("nothing", "") },
      { type: "text", text: "c" },
    ]);
  });

  test("never stands behind the text because of the signature in an answer's empty end", () => {
    expect(messageOf([chunk([{ text: "a" }]), ended({ text: "", thoughtSignature: "c2ln" })]).content).toEqual([{ type: "text", text: "a" }]);
  });
});

test("tool uses have ids that are new, and Gemini's own where it gave one", () => {
  const ids = messageOf([ended(call("a"), call("old"), call("a"), call("b c"), call())]).content.map((block) => (block.type === "tool_use" ? block.id : ""));
  expect(ids).toEqual(["toolu_gemini_a", "toolu_1", "toolu_2", "toolu_3", "toolu_4"]);
});

test("of several calls only the first goes out where the caller wants one at most", () => {
  expect(messageOf([ended(call("a"), call("b"))], { single: true }).content).toHaveLength(1);
});

test("a part that Anthropic's API has no words for is an error", () => {
  expect(() => eventsOf([ended({ inlineData: { mimeType: "image/png", data: "AAAA" } })])).toThrow(expect.objectContaining({ code: "upstream.bad-answer" }));
});

test("usage is the last one of each request, summed over the requests of one answer", () => {
  const reply = replyOf();
  reply.chunk({ usageMetadata: { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 1 } });
  reply.chunk({
    usageMetadata: { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 5, thoughtsTokenCount: 7, toolUsePromptTokenCount: 2 },
  });
  expect(reply.usage).toEqual({
    input_tokens: 42,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 60,
    output_tokens: 12,
    output_tokens_details: { thinking_tokens: 7 },
  });
  reply.endOfRequest();
  reply.chunk({ usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 1 } });
  expect(reply.usage).toMatchObject({ input_tokens: 52, output_tokens: 13 });
});

/** The grammar of a stream: one start, blocks one after another by number, one delta, one stop. */
function requireGrammar(events: StreamEvent[]): void {
  const open: number[] = [];
  let blocks = 0;
  for (const [index, event] of events.entries()) {
    if (event.type === "content_block_start") {
      expect([open.length, event.index]).toEqual([0, blocks]);
      open.push(event.index);
      blocks += 1;
    }
    if (event.type === "content_block_delta") expect(open).toEqual([event.index]);
    if (event.type === "content_block_stop") expect(open.pop()).toBe(event.index);
    expect(event.type === "message_start").toBe(index === 0);
    expect(event.type === "message_delta").toBe(index === events.length - 2);
    expect(event.type === "message_stop").toBe(index === events.length - 1);
  }
  expect(open).toEqual([]);
}

test("whatever Gemini says in whatever order, the stream keeps to its grammar and the whole message tells the same", () => {
  const signature = { thoughtSignature: fc.constantFrom("c2ln", "YWJj") };
  const part = fc.oneof(
    fc.record({ text: fc.string(), ...signature }, { requiredKeys: ["text"] }),
    fc.record({ text: fc.string(), thought: fc.constant(true), ...signature }, { requiredKeys: ["text", "thought"] }),
    fc.record(
      { functionCall: fc.record({ name: fc.constant("look"), args: fc.dictionary(fc.string(), fc.jsonValue()) }), ...signature },
      { requiredKeys: ["functionCall"] },
    ),
    fc.record(signature),
  );
  const chunks = fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 6 });
  fc.assert(
    fc.property(
      chunks,
      fc.constantFrom("STOP", "MAX_TOKENS", "SAFETY", "OTHER"),
      fc.constantFrom("summary", "signature", "nothing"),
      (all, finishReason, shown) => {
        const given = [...all.map((parts) => chunk(parts)), chunk([], { finishReason })];
        try {
          const events = eventsOf(given, { shown });
          requireGrammar(events);
          const said = all.flat().flatMap((each) => ("text" in each && !("thought" in each) ? [each.text] : []));
          const text = assemble(events).content.flatMap((block) => (block.type === "text" ? [block.text] : []));
          expect(text.join("")).toBe(said.join(""));
          if (shown === "nothing") expect(assemble(events).content.every(({ type }) => type !== "thinking")).toBe(true);
        } catch (thrown) {
          if (!(thrown instanceof BridgeError) || finishReason !== "OTHER") throw thrown;
        }
      },
    ),
    { numRuns: 300 },
  );
});
