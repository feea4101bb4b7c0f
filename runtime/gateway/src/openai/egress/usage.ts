import { noUsage, type StopReason, type Usage } from "../wire/anthropic.ts";
import { countOf, isFields } from "../wire/fields.ts";

/** OpenAI's prompt tokens include what was read from or written to a cache, Anthropic's input tokens don't. */
export function toUsage(given: unknown): Usage {
  if (!isFields(given)) return noUsage;
  const prompt = isFields(given["prompt_tokens_details"]) ? given["prompt_tokens_details"] : {};
  const completion = isFields(given["completion_tokens_details"]) ? given["completion_tokens_details"] : {};
  // DeepSeek states the cached part under a name of its own.
  const cached = countOf(prompt["cached_tokens"]) || countOf(given["prompt_cache_hit_tokens"]);
  const written = countOf(prompt["cache_write_tokens"]);
  return {
    input_tokens: Math.max(0, countOf(given["prompt_tokens"]) - cached - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: countOf(given["completion_tokens"]),
    output_tokens_details: { thinking_tokens: countOf(completion["reasoning_tokens"]) },
  };
}

/** Some services say "stop" even after calls. `stopString` is what vLLM says of the stop sequence that was met. */
export function toStopReason(
  finishReason: string,
  hasCalls: boolean,
  stopString: string | undefined,
): { stop_reason: StopReason; stop_sequence: string | null } {
  if (finishReason === "length") return { stop_reason: "max_tokens", stop_sequence: null };
  if (finishReason === "content_filter") return { stop_reason: "refusal", stop_sequence: null };
  if (hasCalls) return { stop_reason: "tool_use", stop_sequence: null };
  return stopString === undefined ? { stop_reason: "end_turn", stop_sequence: null } : { stop_reason: "stop_sequence", stop_sequence: stopString };
}

/** A message's id from the completion's, in the characters that Anthropic's have. */
export const toMessageId = (given: unknown, spare: string): string => {
  const kept = typeof given === "string" ? given.replaceAll(/[^a-zA-Z0-9_-]/g, "_").replace(/^(?:chatcmpl-|gen-|msg_)/, "") : "";
  return `msg_${kept === "" ? spare : kept.slice(0, 200)}`;
};
