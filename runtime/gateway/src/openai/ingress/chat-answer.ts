import { isFields, textOf, type Fields } from "../wire/fields.ts";
import type { ReasoningDetail, ToolCall } from "../wire/openai.ts";
import { AnswerUsage, bareId, explanationOf, toFinishReason } from "./answer-usage.ts";
import { toReasoningDetail } from "./reasoning-details.ts";

/** A whole message as a chat completion. Units: `created` in seconds since 1970. */
export function toChatCompletion(message: Fields, created: number): object {
  const blocks = Array.isArray(message["content"]) ? (message["content"] as unknown[]) : [];
  const usage = new AnswerUsage();
  usage.take(message["usage"]);
  const text = blocks.map((block) => (isFields(block) && block["type"] === "text" ? textOf(block["text"]) : "")).join("");
  const calls = blocks.flatMap(toToolCalls);
  const details = blocks.flatMap((block) => toReasoningDetail(block, 0) ?? []).map((detail, index) => ({ ...detail, index }));
  return {
    id: `chatcmpl-${bareId(message["id"])}`,
    object: "chat.completion",
    created,
    model: textOf(message["model"]),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && calls.length > 0 ? null : text,
          refusal: explanationOf(message["stop_details"]) ?? null,
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
          ...thinkingFields(details),
        },
        logprobs: null,
        finish_reason: toFinishReason(message["stop_reason"]),
      },
    ],
    usage: usage.chat(),
  };
}

/** `reasoning_content` is what most clients show; `reasoning_details` is what they give back. */
function thinkingFields(details: readonly ReasoningDetail[]): object {
  if (details.length === 0) return {};
  const text = details.map((detail) => (detail.type === "reasoning.text" ? detail.text : "")).join("");
  return { ...(text === "" ? {} : { reasoning_content: text }), reasoning_details: details };
}

function toToolCalls(block: unknown): ToolCall[] {
  if (!isFields(block) || block["type"] !== "tool_use") return [];
  return [{ id: textOf(block["id"]), type: "function", function: { name: textOf(block["name"]), arguments: JSON.stringify(block["input"] ?? {}) } }];
}
