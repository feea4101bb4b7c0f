import { expect, test } from "@jest/globals";
import { costOf } from "./prices.ts";
import { noUsage } from "./usage.ts";

const million = { inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6, cacheWrite5mTokens: 1e6, cacheWrite1hTokens: 1e6 };

test.each([
  ["claude-opus-5-5", 4 + 20 + 0.2 + 5 + 8],
  ["claude-opus-5-5[1m]", 4 + 20 + 0.2 + 5 + 8],
  ["claude-sonnet-4-5-20250929", 3 + 15 + 0.3 + 3.75 + 6],
  ["claude-sonnet-4-20250514", 3 + 15 + 0.3 + 3.75 + 6],
  ["claude-3-7-sonnet-latest", 3 + 15 + 0.3 + 3.75 + 6],
])("%s costs its list price, cache reads and both kinds of writes included", (model, usd) => {
  expect(costOf("anthropic", model, million)).toBeCloseTo(usd, 9);
});

test("a long prompt has its own price where the model has one", () => {
  expect(costOf("anthropic", "claude-haiku-5-5", { ...noUsage, inputTokens: 100_000 })).toBeCloseTo(0.01, 9);
  expect(costOf("anthropic", "claude-haiku-5-5", { ...noUsage, inputTokens: 50_001, cacheReadTokens: 50_000, outputTokens: 1_000 })).toBeCloseTo(
    0.0250005 + 0.0025 + 0.0025,
    9,
  );
});

test.each(["claude-opus-9", "claude-opus-5-9", "toString", "", undefined])("the cost of %s is unknown, not guessed", (model) => {
  expect(costOf("anthropic", model, million)).toBeUndefined();
});

test("the rehearsal model costs nothing, whatever name it answers to", () => {
  expect(costOf("rehearsal", "claude-opus-5-5", million)).toBe(0);
});
