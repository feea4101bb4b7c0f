import { measures, type Amounts, type Measure } from "./limits.ts";

/** What a provider last said of one of its limits. Units: milliseconds since 1970. */
interface Told {
  limit: number;
  remaining: number;
  resetAt: number;
  at: number;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The names under which providers tell their limits, the most exact first. Anthropic's reset is a time, OpenAI's a duration. */
const families: Readonly<Record<Measure, readonly string[]>> = {
  requests: ["anthropic-ratelimit-requests-", "x-ratelimit-requests"],
  inputTokens: ["anthropic-ratelimit-input-tokens-", "anthropic-ratelimit-tokens-", "x-ratelimit-tokens"],
  outputTokens: ["anthropic-ratelimit-output-tokens-"],
};

/**
 * What is left at a provider, as its answers say and less what was sent since. It slows calls down before the provider refuses them; providers
 * refill their limits all the time, so what is left grows from one answer to the next.
 */
export class UpstreamWindow {
  readonly #told = new Map<Measure, Told>();
  /** Attempts that no answer has told of yet. */
  readonly #open = new Set<{ amounts: Amounts }>();

  /** Takes an answer's headers over. Units: `now` in milliseconds since 1970. */
  observe(headers: Headers, now: number): void {
    for (const attempt of this.#open) {
      this.#open.delete(attempt);
      break;
    }
    for (const measure of measures) {
      const told = readFamilies(headers, families[measure], now);
      if (told !== undefined) this.#told.set(measure, told);
    }
  }

  /** How long until there is room; 0 if there is. */
  waitMs(amounts: Amounts, now: number): number {
    let longest = 0;
    for (const [measure, told] of this.#told) {
      const need = Math.min(amounts[measure], told.limit) + this.#sent(measure);
      longest = Math.max(longest, waitFor(told, need, now));
    }
    return longest;
  }

  /** Notes an attempt; the result is to be called when it has ended. */
  enter(amounts: Amounts): () => void {
    const attempt = { amounts };
    this.#open.add(attempt);
    return () => void this.#open.delete(attempt);
  }

  #sent(measure: Measure): number {
    let sum = 0;
    for (const { amounts } of this.#open) sum += amounts[measure];
    return sum;
  }
}

const remainders = [...new Set(Object.values(families).flat())].map((name) => headerOf(name, "remaining"));

/** Whether an answer tells of limits at all. */
export const tellsLimits = (headers: Headers): boolean => remainders.some((name) => headers[name] !== undefined);

/** `anthropic-ratelimit-requests-remaining`, but `x-ratelimit-remaining-requests`. */
function headerOf(family: string, part: "limit" | "remaining" | "reset"): string {
  return family.startsWith("x-") ? family.replace("x-ratelimit-", `x-ratelimit-${part}-`) : family + part;
}

function readFamilies(headers: Headers, names: readonly string[], now: number): Told | undefined {
  for (const name of names) {
    const limit = numberOf(headers[headerOf(name, "limit")]);
    const remaining = numberOf(headers[headerOf(name, "remaining")]);
    const reset = headers[headerOf(name, "reset")];
    const resetAt = typeof reset === "string" ? resetTime(reset, now) : undefined;
    if (limit !== undefined && remaining !== undefined && resetAt !== undefined) return { limit, remaining, resetAt, at: now };
  }
  return undefined;
}

function numberOf(value: string | string[] | undefined): number | undefined {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `2026-11-21T10:00:00Z`, `6m0s`, `20ms` and `1.5` (seconds). */
function resetTime(text: string, now: number): number | undefined {
  if (/^\d{4}-/.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  }
  if (/^\d+(?:\.\d+)?$/.test(text)) return now + Number(text) * 1_000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) sum += Number(count) * (unitMs[unit as string] as number);
  return now + sum;
}

/** A limit comes back evenly: what is missing now is there again at the reset. */
function waitFor({ limit, remaining, resetAt, at }: Told, need: number, now: number): number {
  if (now >= resetAt || need <= remaining) return 0;
  const perMs = (limit - remaining) / (resetAt - at);
  if (!(perMs > 0)) return 0;
  const thereAt = Math.min(at + Math.ceil((need - remaining) / perMs), resetAt);
  return Math.max(0, thereAt - now);
}
