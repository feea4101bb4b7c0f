import { expect, test } from "@jest/globals";
import { RawAnswer } from "../origin.ts";
import type { AnswerContext } from "./answer-parts.ts";
import { toMessage } from "./answer.ts";
import { StreamTranslation } from "./stream-translation.ts";

const context = (more: Partial<AnswerContext> = {}): AnswerContext => {
  let ids = 0;
  return { model: "asked", showsThinking: true, stops: ["END"], knownIds: [], newId: () => `new${ids++}`, ...more };
};
const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }], ...more })}\n\n`;
const usageChunk = `data: ${JSON.stringify({ id: "chatcmpl-1", choices: [], usage: { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 }, completion_tokens_details: { reasoning_tokens: 5 } } })}\n\n`;
const done = "data: [DONE]\n\n";

function run(text: string, { size = 7, ...more }: Partial<AnswerContext> & { size?: number } = {}) {
  const stream = new StreamTranslation(context(more), undefined);
  const bytes = Buffer.from(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += size) out += stream.data(bytes.subarray(at, at + size))?.toString("utf8") ?? "";
  out += stream.end()?.toString("utf8") ?? "";
  return out
    .split("\n\n")
    .filter((each) => each !== "")
    .map((each) => JSON.parse(each.split("\n")[1]!.slice(6)) as { type: string; [name: string]: unknown });
}
const typesOf = (events: { type: string }[]) => events.map(({ type }) => type.replace("content_block_", ""));
const call = (index: number | undefined, id: string | undefined, name: string | undefined, args: unknown) => ({
  tool_calls: [
    {
      ...(index === undefined ? {} : { index }),
      ...(id === undefined ? {} : { id, type: "function" }),
      function: { ...(name === undefined ? {} : { name }), arguments: args },
    },
  ],
});
const whole = (events: { type: string; [name: string]: unknown }[]) => {
  const calls: { id: string; name: string; json: string }[] = [];
  for (const each of events) {
    const block = each["content_block"] as { type: string; id: string; name: string } | undefined;
    if (each.type === "content_block_start" && block?.type === "tool_use") calls.push({ id: block.id, name: block.name, json: "" });
    const delta = each["delta"] as { type?: string; partial_json?: string } | undefined;
    if (delta?.type === "input_json_delta") calls.at(-1)!.json += delta.partial_json;
  }
  return calls;
};

test("thinking, text and calls come as blocks in order, with the usage at the end, whatever the chunks are", () => {
  const text =
    `: a comment\n\n${chunk({ role: "assistant", content: "" })}${chunk({ reasoning_content: "Hm" })}${chunk({ reasoning: "m" })}` +
    `${chunk({ content: "Hé" })}${chunk({ content: "llo" })}${chunk(call(0, "call_1", "Read", ""))}${chunk(call(0, undefined, undefined, '{"a":'))}` +
    `${chunk(call(0, undefined, undefined, "1}"))}${chunk(call(1, "call_2", "List", ""))}${chunk({}, "tool_calls")}${usageChunk}${done}`;
  for (const size of [1, 3, 64, 10_000]) {
    const events = run(text, { size });
    expect(typesOf(events).join(" ")).toBe(
      "message_start start delta delta delta stop start delta delta stop start delta delta stop start stop message_delta message_stop",
    );
    expect(whole(events)).toEqual([
      { id: "call_1", name: "Read", json: '{"a":1}' },
      { id: "call_2", name: "List", json: "" },
    ]);
    expect(events.at(-2)).toEqual({
      type: "message_delta",
      delta: { stop_reason: "tool_use", stop_sequence: null, stop_details: null },
      usage: {
        input_tokens: 60,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 40,
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 5 },
      },
    });
  }
});

test.each([
  ["calls without an index begin with an id", [call(undefined, "a", "Read", "{}"), call(undefined, "b", "Read", '{"x":1}')], ["a", "b"]],
  ["calls that all have index 0 begin with an id", [call(0, "a", "Read", "{}"), call(0, "b", "Read", "{}")], ["a", "b"]],
  ["an id that comes with each piece begins no new call", [call(0, "a", "Read", "{"), call(0, "a", undefined, "}")], ["a"]],
  ["an id that is there already is replaced", [call(0, "old", "Read", "{}")], ["toolu_new0"]],
  ["an empty id is replaced", [call(0, "", "Read", "{}")], ["toolu_new0"]],
  ["an id in other characters is put into Anthropic's", [call(0, "functions.Read:0", "Read", "{}")], ["functions_Read_0"]],
  ["a name that comes late is waited for", [call(0, "a", undefined, '{"x"'), call(0, undefined, "Read", ":1}")], ["a"]],
  ["arguments as an object are taken", [call(0, "a", "Read", { x: 1 })], ["a"]],
])("%s", (_what, deltas, ids) => {
  const events = run(chunk({ role: "assistant" }) + deltas.map((delta) => chunk(delta)).join("") + chunk({}, "stop") + done, {
    knownIds: ["old"],
    newId: () => "new0",
  });
  expect(whole(events).map(({ id }) => id)).toEqual(ids);
  for (const { json } of whole(events)) expect(JSON.parse(json === "" ? "{}" : json)).toBeInstanceOf(Object);
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
});

test("pieces of several calls in turns can't be told, and fail the answer", () => {
  const mixed = chunk(call(0, "a", "Read", "{")) + chunk(call(1, "b", "Read", "{")) + chunk(call(0, undefined, undefined, "}"));
  expect(() => run(mixed + chunk({}, "tool_calls") + done)).toThrow("mixes");
});

test.each([
  ["without an end", chunk({ content: "a" })],
  ["with [DONE] and no end", chunk({ content: "a" }) + done],
])("a stream %s stays without message_stop", (_how, text) => {
  expect(typesOf(run(text))).toEqual(["message_start", "start", "delta"]);
});

test("a stream that ends without [DONE], or without a blank line at its end, is whole", () => {
  expect(typesOf(run(chunk({ content: "a" }) + chunk({}, "stop"))).at(-1)).toBe("message_stop");
  expect(typesOf(run((chunk({ content: "a" }) + chunk({}, "stop")).trimEnd())).at(-1)).toBe("message_stop");
});

test("an error inside the stream becomes Anthropic's, without the provider's text and never as overloaded", () => {
  for (const code of [429, 502, 529, "weird"]) {
    const events = run(chunk({ content: "a" }) + `data: ${JSON.stringify({ error: { message: "org-secret", code } })}\n\n${done}`);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: code === 429 ? "rate_limit_error" : "api_error" } });
    expect(JSON.stringify(events)).not.toContain("org-secret");
  }
  expect(() => run(chunk({}, "error"))).toThrow("broke off");
  expect(() => run("data: {not json\n\n")).toThrow("no JSON");
});

test.each([
  ["stop", {}, { stop_reason: "end_turn", stop_sequence: null }],
  ["stop", { stop_reason: "END" }, { stop_reason: "stop_sequence", stop_sequence: "END" }],
  ["length", {}, { stop_reason: "max_tokens" }],
  ["content_filter", {}, { stop_reason: "refusal", stop_details: { type: "refusal", category: null, explanation: null } }],
  ["eos", {}, { stop_reason: "end_turn" }],
])("the end %s %j is told in Anthropic's words, streamed and whole", (finish_reason, more, told) => {
  const choice = { index: 0, finish_reason, ...more };
  const events = run(chunk({ content: "a" }) + `data: ${JSON.stringify({ choices: [{ ...choice, delta: {} }] })}\n\n` + done);
  expect(events.at(-2)?.["delta"]).toMatchObject(told);
  expect(toMessage({ choices: [{ ...choice, message: { content: "a" } }] }, context())).toMatchObject(told);
});

test("a whole completion becomes a message", () => {
  const completion = {
    id: "chatcmpl-1",
    model: "m",
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          content: "I read.",
          reasoning_content: "Hm.",
          tool_calls: [{ id: "call_1", type: "function", function: { name: "Read", arguments: '{"a":1}' } }],
        },
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 } },
  };
  expect(toMessage(completion, context())).toMatchObject({
    id: "msg_1",
    model: "m",
    content: [
      { type: "thinking", thinking: "Hm.", signature: "freehold-openai:1:" },
      { type: "text", text: "I read." },
      { type: "tool_use", id: "call_1", name: "Read", input: { a: 1 } },
    ],
    stop_reason: "tool_use",
    usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 20 },
  });
  expect(toMessage(completion, context({ showsThinking: false })).content[0]).toMatchObject({ type: "text" });
});

test.each([
  ["no choice", { choices: [] }],
  ["no end", { choices: [{ message: { content: "a" } }] }],
  ["a broken end", { choices: [{ finish_reason: "error", message: { content: "a" } }] }],
  [
    "arguments that are no JSON",
    { choices: [{ finish_reason: "tool_calls", message: { tool_calls: [{ id: "a", function: { name: "f", arguments: "{" } }] } }] },
  ],
])("a completion with %s is no answer", (_what, completion) => {
  expect(() => toMessage(completion, context())).toThrow("The provider's answer");
});

test("the provider's own bytes pass beside the translation; the usage that only the gateway wanted and errors do not", () => {
  const answer = new RawAnswer();
  answer.begin();
  const stream = new StreamTranslation(context(), { answer, hidesUsage: true });
  const body = chunk({ content: "a" }, null, { usage: null, logprobs: [1] }) + chunk({}, "stop");
  for (const byte of Buffer.from(`: note\n\n${body}${usageChunk}${done}`)) stream.data(Buffer.from([byte]));
  stream.end();
  expect(answer.take().toString("utf8")).toBe(`: note\n\n${body}${done}`);
});
