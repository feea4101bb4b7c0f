import { expect, test } from "@jest/globals";
import { createReader, noAnswer } from "./message-stream.ts";

const event = (type: string, data: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const text = (words: string) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } });
const whole = [
  event("message_start", { message: { model: "claude-haiku-5-5", usage: { input_tokens: 10, cache_read_input_tokens: 100, output_tokens: 1 } } }),
  event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ": a comment\n\n",
  event("ping"),
  event("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "Let me see." } }),
  event("content_block_delta", { index: 0, delta: { type: "signature_delta", signature: "abc" } }),
  text("Grüße, "),
  text("event: error\n\ndata: {}"),
  event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 7 } }),
  event("message_stop"),
].join("");

const answer = {
  model: "claude-haiku-5-5",
  text: "Grüße, event: error\n\ndata: {}",
  thinking: "Let me see.",
  inputTokens: 110,
  outputTokens: 7,
  stopReason: "end_turn",
  problem: undefined,
  isWhole: true,
};

test("a stream is read the same however it is cut", () => {
  for (let size = 1; size <= whole.length; size += 1 + Math.floor(size / 7)) {
    const reader = createReader();
    let last = noAnswer;
    for (let at = 0; at < whole.length; at += size) last = reader.read(whole.slice(at, at + size));
    expect(last).toEqual(answer);
  }
});

test("lines may end in CR LF", () => {
  expect(createReader().read(whole.replaceAll("\n", "\r\n"))).toEqual(answer);
});

test("an error in the middle keeps what came before it; a stream without its end is not whole", () => {
  const reader = createReader();
  expect(reader.read(text("Half"))).toMatchObject({ text: "Half", isWhole: false, problem: undefined });
  expect(reader.read(event("error", { error: { type: "api_error", message: "It fell silent." } }))).toMatchObject({ text: "Half", problem: "It fell silent." });
});

test("what is no event, and events that are new to us, are passed over", () => {
  expect(createReader().read(`data: {broken\n\n${event("something_new", { delta: 1 })}${text("a")}`)).toMatchObject({ text: "a" });
});
