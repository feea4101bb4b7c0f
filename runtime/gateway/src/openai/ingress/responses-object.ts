import { isFields, textOf, type Fields } from "../wire/fields.ts";
import { AnswerUsage, bareId, explanationOf, toFinishReason } from "./answer-usage.ts";
import { sealReasoning } from "./reasoning-seal.ts";

/** What an answer says again of its request. */
export interface ResponseContext {
  /** Fields of the request that the response repeats. */
  echo: Fields;
  /** Whether the caller wants thinking to give back. */
  sealsReasoning: boolean;
  /** Units: seconds since 1970. */
  created: number;
}

export interface OutputItem extends Fields {
  id: string;
  type: "message" | "function_call" | "reasoning";
  status: string;
}

/** A response as it stands: without output at first, whole at last. Source: openai 7.57.0, resources/responses, Response. */
export function renderResponse(state: { id: string; model: string; status: string } & Fields, context: ResponseContext): Fields {
  return {
    object: "response",
    created_at: context.created,
    completed_at: state.status === "completed" ? context.created : null,
    background: false,
    error: null,
    incomplete_details: null,
    previous_response_id: null,
    store: false,
    service_tier: "default",
    truncation: "disabled",
    ...context.echo,
    output: [],
    usage: null,
    ...state,
  };
}

export const itemId = (prefix: "msg" | "fc" | "rs", messageId: unknown, index: number): string => `${prefix}_${bareId(messageId)}_${index}`;

export const textPart = (text: string): Fields => ({ type: "output_text", text, annotations: [], logprobs: [] });

/** One block of Anthropic's as an output item; undefined for blocks that nobody asked for. */
export function toOutputItem(block: Fields, id: { messageId: unknown; index: number }, { sealsReasoning }: ResponseContext): OutputItem | undefined {
  const status = "completed";
  switch (block["type"]) {
    case "text":
      return { id: itemId("msg", id.messageId, id.index), type: "message", role: "assistant", status, content: [textPart(textOf(block["text"]))] };
    case "tool_use":
      return {
        id: itemId("fc", id.messageId, id.index),
        type: "function_call",
        call_id: textOf(block["id"]),
        name: textOf(block["name"]),
        arguments: JSON.stringify(block["input"] ?? {}),
        status,
      };
    case "thinking":
    case "redacted_thinking":
      return toReasoning(block, itemId("rs", id.messageId, id.index), sealsReasoning);
    default:
      return undefined;
  }
}

function toReasoning(block: Fields, id: string, seals: boolean): OutputItem {
  const text = textOf(block["thinking"]);
  const sealed =
    block["type"] === "thinking"
      ? sealReasoning({ type: "thinking", thinking: text, signature: textOf(block["signature"]) })
      : sealReasoning({ type: "redacted_thinking", data: textOf(block["data"]) });
  return {
    id,
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    ...(seals ? { encrypted_content: sealed } : {}),
    status: "completed",
  };
}

/** How a response ends, in its own words. */
export function endOf(delta: Fields): { status: "completed" | "incomplete"; incomplete_details: object | null; refusal: string | undefined } {
  const reason = toFinishReason(delta["stop_reason"]);
  const refusal = explanationOf(delta["stop_details"]);
  if (reason === "length") return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, refusal };
  if (reason === "content_filter") return { status: "incomplete", incomplete_details: { reason: "content_filter" }, refusal };
  return { status: "completed", incomplete_details: null, refusal };
}

/** A refusal of the model as the message that the Responses API has for it. */
export const refusalItem = (refusal: string, id: string): OutputItem => ({
  id,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "refusal", refusal }],
});

/** A whole message as a response. */
export function toResponse(message: Fields, context: ResponseContext): Fields {
  const blocks = Array.isArray(message["content"]) ? message["content"].filter(isFields) : [];
  const output = blocks.flatMap((block, index) => toOutputItem(block, { messageId: message["id"], index }, context) ?? []);
  const { refusal, ...end } = endOf(message);
  if (refusal !== undefined) output.push(refusalItem(refusal, itemId("msg", message["id"], blocks.length)));
  const usage = new AnswerUsage();
  usage.take(message["usage"]);
  return renderResponse({ id: `resp_${bareId(message["id"])}`, model: textOf(message["model"]), ...end, output, usage: usage.responses() }, context);
}
