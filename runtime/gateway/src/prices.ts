import type { Usage } from "./usage.ts";

/** Units: US dollars per million tokens. */
export interface Price {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  /** Prices of a request whose whole input, cached or not, is longer. */
  long?: { aboveInputTokens: number; price: Price };
}

/** A five-minute write costs 1.25 and a one-hour write 2 times the input; a read costs a tenth unless the model's own price says less. */
const price = (input: number, output: number, cacheRead = input * 0.1): Price => ({
  input,
  output,
  cacheRead,
  cacheWrite5m: input * 1.25,
  cacheWrite1h: input * 2,
});

/**
 * List prices of Anthropic's API by model id without its date.
 * Source: the price list inside Claude Code 2.1.329 (2026-11-19), read from what it charged for known usage on 2026-11-21;
 * claude-opus-4, -4-0 and -4-1, which that list no longer has: Anthropic's pricing page, August 2025.
 */
const anthropicPrices: Readonly<Record<string, Price>> = {
  "claude-opus-5-5": price(4, 20, 0.2),
  "claude-opus-5": price(5, 25),
  "claude-opus-4-8": price(5, 25),
  "claude-opus-4-7": price(5, 25),
  "claude-opus-4-6": price(5, 25),
  "claude-opus-4-5": price(5, 25),
  "claude-opus-4-1": price(15, 75),
  "claude-opus-4-0": price(15, 75),
  "claude-opus-4": price(15, 75),
  "claude-sonnet-5-5": price(2, 10, 0.1),
  "claude-sonnet-5": price(2, 10),
  "claude-sonnet-4-6": price(3, 15),
  "claude-sonnet-4-5": price(3, 15),
  "claude-sonnet-4-0": price(3, 15),
  "claude-sonnet-4": price(3, 15),
  "claude-3-7-sonnet": price(3, 15),
  "claude-haiku-5-5": { ...price(0.1, 0.5), long: { aboveInputTokens: 100_000, price: price(0.5, 2.5) } },
  "claude-haiku-4-5": price(1, 5),
  "claude-3-5-haiku": price(0.8, 4),
  "claude-fable-5": price(10, 50),
  "claude-fable-5-1": price(10, 50, 0.25),
  "claude-fable-5-2": price(8, 40, 0.2),
  "claude-mythos-5": price(10, 50),
  "claude-mythos-5-1": price(10, 50, 0.25),
  "claude-mythos-5-2": price(8, 40, 0.2),
};

const free = price(0, 0);

/** What a request cost, or undefined for a model without a known price: then it is better not to guess. Units: US dollars. */
export function costOf(provider: string, model: string | undefined, usage: Usage): number | undefined {
  const name = withoutDate(model ?? "");
  const listed = provider === "rehearsal" ? free : Object.hasOwn(anthropicPrices, name) ? anthropicPrices[name] : undefined;
  if (listed === undefined) return undefined;
  return costAtPrice(tierOf(listed, usage), usage);
}

/** Units: US dollars. */
export function costAtPrice({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: Price, usage: Usage): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const perMillion =
    inputTokens * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWrite5mTokens * cacheWrite5m + cacheWrite1hTokens * cacheWrite1h;
  return perMillion / 1_000_000;
}

function tierOf(listed: Price, { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }: Usage): Price {
  const whole = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return listed.long !== undefined && whole > listed.long.aboveInputTokens ? listed.long.price : listed;
}

/** `claude-opus-4-5-20251101`, `claude-opus-4-5@20251101`, `claude-3-7-sonnet-latest` and `claude-opus-5-5[1m]` are priced by their bare name. */
const withoutDate = (model: string): string => model.replace(/\[1m\]$/, "").replace(/(?:[-@]\d{8}|-latest)$/, "");
