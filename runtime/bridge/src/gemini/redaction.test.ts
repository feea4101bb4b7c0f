import { expect, test } from "@jest/globals";
import { redact } from "./redaction.ts";

test.each([
  ["Bad key AIzaSyD-1234567890abcdef.", "AIzaSyD"],
  ["https://x.googleapis.com/v1?key=abc123&alt=sse", "abc123"],
  ["token ya29.a0AfH6SMB-xyz is old", "a0AfH6SMB"],
  ["Permission denied on resource project my-secret-project.", "my-secret-project"],
  ["consumer 'projects/123456789' has no quota", "123456789"],
  ["project_number:987654321", "987654321"],
  ["owner ada@example.com has left", "ada@example.com"],
  ["see https://console.cloud.google.com/billing?project=mine", "mine"],
])("%j loses %s", (text, secret) => {
  expect(redact(text)).not.toContain(secret);
});

test("what helps the caller stays", () => {
  const text = "Function call is missing a thought_signature, position 2. See https://ai.google.dev/gemini-api/docs/thought-signatures for more.";
  expect(redact(text)).toBe(text);
  expect(redact("a".repeat(5_000))).toHaveLength(1_000);
});
