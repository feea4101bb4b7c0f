import { countOf, isFields, type Fields } from "../wire/fields.ts";
import type { ChatUsage, FinishReason } from "../wire/openai.ts";

/** Anthropic's counts as a stream states them piece by piece: later ones are cumulative and may leave fields out. */
export class AnswerUsage {
  #stated: Fields = {};

  take(usage: unknown): void {
    if (!isFields(usage)) return;
    for (const [name, value] of Object.entries(usage)) if (value !== null && value !== undefined) this.#stated[name] = value;
  }

  /** OpenAI's prompt tokens include the cached ones, Anthropic's input tokens don't. */
  chat(): ChatUsage {
    const cached = countOf(this.#stated["cache_read_input_tokens"]);
    const written = countOf(this.#stated["cache_creation_input_tokens"]);
    const prompt = countOf(this.#stated["input_tokens"]) + cached + written;
    const completion = countOf(this.#stated["output_tokens"]);
    return {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      completion_tokens_details: { reasoning_tokens: this.#thinking() },
    };
  }

  responses() {
    const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details } = this.chat();
    return {
      input_tokens: prompt_tokens,
      input_tokens_details: prompt_tokens_details,
      output_tokens: completion_tokens,
      output_tokens_details: { reasoning_tokens: this.#thinking() },
      total_tokens,
    };
  }

  #thinking(): number {
    const details = this.#stated["output_tokens_details"];
    return isFields(details) ? countOf(details["thinking_tokens"]) : 0;
  }
}

/** Source: platform.claude.com, stop reasons; openai 7.57.0, ChatCompletion.Choice. */
export function toFinishReason(stopReason: unknown): FinishReason {
  if (stopReason === "tool_use") return "tool_calls";
  if (stopReason === "max_tokens" || stopReason === "model_context_window_exceeded") return "length";
  return stopReason === "refusal" ? "content_filter" : "stop";
}

/** Why the model refused, where it says so. */
export function explanationOf(stopDetails: unknown): string | undefined {
  const explanation = isFields(stopDetails) ? stopDetails["explanation"] : undefined;
  return typeof explanation === "string" && explanation !== "" ? explanation : undefined;
}

/** The part of an Anthropic id that tells it apart, for an id of another kind. */
export const bareId = (id: unknown): string =>
  typeof id === "string"
    ? id
        .replace(/^msg_/, "")
        .replaceAll(/[^\w-]/g, "")
        .slice(0, 100)
    : "";
