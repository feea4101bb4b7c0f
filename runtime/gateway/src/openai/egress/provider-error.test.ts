import { expect, test } from "@jest/globals";
import { errorInside, readProviderError } from "./provider-error.ts";
import { estimateTokens } from "./token-estimate.ts";

test.each([
  [
    "OpenAI",
    {
      error: {
        message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130,001 tokens.",
        code: "context_length_exceeded",
      },
    },
    "prompt is too long: 130001 tokens > 128000 maximum",
  ],
  [
    "vLLM",
    {
      object: "error",
      message: "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion).",
      code: 400,
    },
    "prompt is too long: 9000 tokens > 8192 maximum",
  ],
  [
    "Groq",
    { error: { message: "Please reduce the length of the messages or completion.", code: "context_length_exceeded" } },
    "prompt is too long: Please reduce the length of the messages or completion.",
  ],
  ["any other", { error: { message: "bad image" } }, "bad image"],
])("a 400 of %s keeps what it says, in the words that clients act on", (_who, body, message) => {
  expect(readProviderError(400, body)).toEqual({ status: 400, type: "invalid_request_error", message });
});

test.each([
  [429, { error: { code: "insufficient_quota" } }, "billing_error"],
  [429, { error: { code: "rate_limit_exceeded" } }, "rate_limit_error"],
  [422, { detail: "no" }, "invalid_request_error"],
  [404, {}, "not_found_error"],
  [503, { error: "down" }, "api_error"],
  [418, {}, "invalid_request_error"],
])("%i %j is a %s", (status, body, type) => {
  expect(readProviderError(status, body).type).toBe(type);
});

test("a failure with status 200 is a failure", () => {
  expect(errorInside({ error: { code: 429, message: "slow down" } })?.type).toBe("rate_limit_error");
  expect(errorInside({ error: { message: "?" } })?.status).toBe(502);
  expect(errorInside({ choices: [], error: null })).toBeUndefined();
});

test("tokens are estimated from texts, tools and images, however deep they lie", () => {
  const few = estimateTokens({ messages: [{ role: "user", content: "hello there" }] });
  expect([few > 3, few < 20]).toEqual([true, true]);
  expect(estimateTokens({ messages: [{ role: "user", content: [{ type: "image", source: { data: "a".repeat(100_000) } }] }] })).toBeLessThan(2_000);
  expect(estimateTokens({ messages: [], tools: [{ name: "a", description: "b".repeat(3_600) }] })).toBeGreaterThan(900);
  let deep: unknown = "x";
  for (let level = 0; level < 100_000; level++) deep = [deep];
  expect(estimateTokens({ messages: [deep] })).toBeGreaterThan(0);
});
