import type { Usage } from "../anthropic/events.ts";
import type { UsageMetadata } from "../gemini/types.ts";

export const noUsage: Usage = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: { thinking_tokens: 0 },
};

/**
 * Gemini's counts in Anthropic's terms: Gemini's prompt includes the cached tokens, Anthropic's input doesn't; thinking is output for both.
 * Source: ai.google.dev/api/generate-content, UsageMetadata; platform.claude.com, Messages API, usage (2026-11).
 */
export function toUsage(usage: UsageMetadata): Usage {
  const cached = count(usage.cachedContentTokenCount);
  const thinking = count(usage.thoughtsTokenCount);
  return {
    input_tokens: Math.max(0, count(usage.promptTokenCount) - cached) + count(usage.toolUsePromptTokenCount),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: count(usage.candidatesTokenCount) + thinking,
    output_tokens_details: { thinking_tokens: thinking },
  };
}

/** One answer may take several requests, each of them billed. */
export const addUsage = (left: Usage, right: Usage): Usage => ({
  input_tokens: left.input_tokens + right.input_tokens,
  cache_creation_input_tokens: left.cache_creation_input_tokens + right.cache_creation_input_tokens,
  cache_read_input_tokens: left.cache_read_input_tokens + right.cache_read_input_tokens,
  output_tokens: left.output_tokens + right.output_tokens,
  output_tokens_details: { thinking_tokens: left.output_tokens_details.thinking_tokens + right.output_tokens_details.thinking_tokens },
});

const count = (given: number | undefined): number => (Number.isFinite(given) ? (given as number) : 0);
