import { expect, test } from "@jest/globals";
import { estimateInputTokens, reservedAmounts } from "./estimate.ts";

test("text has a token for every four bytes", () => {
  expect(estimateInputTokens(Buffer.from("x".repeat(401)))).toBe(101);
});

test("the bytes of images and documents are no tokens, however they are sent", () => {
  const image = "A".repeat(1_000_000);
  for (const part of [`{"type":"base64","data": "${image}"}`, `{"image_url":{"url":"data:image/png;base64,${image}"}}`])
    expect(estimateInputTokens(Buffer.from(`{"messages":[${part},${part}],"text":"${"x".repeat(4_000)}"}`))).toBeLessThan(6_000);
});

test("text under a name that images use counts", () => {
  const many = Array.from({ length: 5_000 }, () => '{"data":"a short text"}').join(",");
  expect(estimateInputTokens(Buffer.from(`[${many}]`))).toBe(Math.ceil((many.length + 2) / 4));
});

test("no more is reserved than the whole limit, else the call could never pass", () => {
  const limits = { inputTokensPerMinute: 100, outputTokensPerMinute: 10 };
  expect(reservedAmounts(limits, { inputTokens: 5_000, outputTokens: 5_000 })).toEqual({ requests: 1, inputTokens: 100, outputTokens: 10 });
});
