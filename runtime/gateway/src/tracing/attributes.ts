import type { Attributes } from "@opentelemetry/api";
import type { Usage } from "../usage.ts";
import type { TracedAttempt } from "./trace.ts";

/** Tokens in the words of OpenTelemetry's conventions for generative AI, whose input includes what was read from and written to caches. */
export function usageAttributes({ inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }: Usage): Attributes {
  const cacheWriteTokens = cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    "gen_ai.usage.input_tokens": inputTokens + cacheReadTokens + cacheWriteTokens,
    "gen_ai.usage.output_tokens": outputTokens,
    "gen_ai.usage.cache_read.input_tokens": cacheReadTokens,
    "gen_ai.usage.cache_creation.input_tokens": cacheWriteTokens,
  };
}

/** The conventions' name of who makes the model; of a service that they don't name, ours. */
export function providerName({ kind, name }: TracedAttempt["target"]["provider"]): string {
  if (kind === "anthropic") return "anthropic";
  return kind === "bridge" || kind === "antigravity" ? "gcp.gemini" : name;
}
