import type { AnswerBlock, Message } from "../wire/anthropic.ts";
import { isFields, textOf, type Fields } from "../wire/fields.ts";
import { AnswerFault, isBroken, refusedDetails, stopStringOf, textIn, thinkingOf, type AnswerContext } from "./answer-parts.ts";
import { sealSignature } from "./thinking-seal.ts";
import { ToolIds } from "./tool-ids.ts";
import { toMessageId, toStopReason, toUsage } from "./usage.ts";

/** A whole chat completion as a message. Throws: AnswerFault for anything that is no completion. */
export function toMessage(completion: Fields, context: AnswerContext): Message {
  const choices = Array.isArray(completion["choices"]) ? (completion["choices"] as unknown[]) : [];
  const choice = isFields(choices[0]) ? choices[0] : {};
  const said = isFields(choice["message"]) ? choice["message"] : undefined;
  if (said === undefined || typeof choice["finish_reason"] !== "string" || isBroken(choice["finish_reason"])) throw new AnswerFault("is no whole completion");
  const refusal = textOf(said["refusal"]);
  const calls = toToolUses(said["tool_calls"], new ToolIds(context.knownIds, context.newId));
  const stop = toStopReason(refusal === "" ? choice["finish_reason"] : "content_filter", calls.length > 0, stopStringOf(choice, context.stops));
  return {
    id: toMessageId(completion["id"], context.newId()),
    type: "message",
    role: "assistant",
    model: textOf(completion["model"]) || context.model,
    content: [...toThinking(said, context), ...toTexts(textIn(said["content"])), ...toTexts(refusal), ...calls],
    ...stop,
    stop_details: stop.stop_reason === "refusal" ? refusedDetails(refusal) : null,
    usage: toUsage(completion["usage"]),
  };
}

function toThinking(said: Fields, { showsThinking }: AnswerContext): AnswerBlock[] {
  const { text, signature } = thinkingOf(said);
  return showsThinking && text !== "" ? [{ type: "thinking", thinking: text, signature: sealSignature(signature) }] : [];
}

const toTexts = (text: string): AnswerBlock[] => (text === "" ? [] : [{ type: "text", text }]);

function toToolUses(given: unknown, ids: ToolIds): AnswerBlock[] {
  return (Array.isArray(given) ? given.filter(isFields) : []).map((call) => {
    const called = isFields(call["function"]) ? call["function"] : {};
    const name = textOf(called["name"]);
    if (name === "") throw new AnswerFault("calls a tool without a name");
    return { type: "tool_use", id: ids.of(call["id"]), name, input: readArguments(called["arguments"]) };
  });
}

function readArguments(given: unknown): Record<string, unknown> {
  if (isFields(given)) return given;
  if (textOf(given).trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(textOf(given));
    if (isFields(parsed)) return parsed;
  } catch {
    // Told below.
  }
  throw new AnswerFault("calls a tool with arguments that are no JSON object");
}
