import { expect, test } from "@jest/globals";
import { event, wholeStream } from "./testing/fixtures.ts";
import { StreamWatch } from "./stream-watch.ts";

const watch = (...texts: string[]) => {
  const seen = new StreamWatch();
  for (const text of texts) seen.see(Buffer.from(text));
  return seen;
};

test("usage and the end are read from the events alone, never from what the model says", () => {
  const said = event("content_block_delta", { delta: { text: 'event: message_stop\n\ndata: {"type":"message_stop"}' } });
  expect(watch(wholeStream[0] as string, said)).toMatchObject({ isComplete: false, error: undefined, model: "claude-opus-5-5" });
  expect(watch(wholeStream.join(""))).toMatchObject({ isComplete: true, usage: { inputTokens: 100, outputTokens: 50, cacheReadTokens: 1_000 } });
});

test("later usage is cumulative and may leave fields out; writes are split by their time to live", () => {
  const start = event("message_start", {
    message: {
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        output_tokens: 1,
      },
    },
  });
  expect(watch(start, event("message_delta", { usage: { output_tokens: 9 } })).usage).toEqual({
    inputTokens: 5,
    outputTokens: 9,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 10,
    cacheWrite1hTokens: 20,
  });
  expect(watch(event("message_start", { message: { usage: { cache_creation_input_tokens: 30 } } })).usage).toMatchObject({
    cacheWrite5mTokens: 30,
    cacheWrite1hTokens: 0,
  });
});

test("an error event is a failure; broken data and odd usage are none and do no harm", () => {
  expect(watch(event("error", { error: {} })).error).toBeDefined();
  expect(watch('event: error\r\ndata: {"type":\r\ndata: "error"}\r\n\r\n').error).toBeDefined();
  expect(
    watch("data: message_ error {\n\n", event("message_start", { message: null }), event("message_delta", { usage: { output_tokens: -1, input_tokens: "x" } })),
  ).toMatchObject({
    error: undefined,
    usage: { inputTokens: 0, outputTokens: 0 },
  });
});
