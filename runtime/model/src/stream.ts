import { ApiError } from "./api-error.ts";
import { label } from "./label.ts";
import { head, type Answer, type OutputBlock } from "./message.ts";

/** A piece of a stream: text to send, or a silence. Units: milliseconds. */
export type Piece = { text: string } | { waitMs: number };

const textPiece = /[\s\S]{1,40}/gu;

/** The answer as server-sent events. Source: platform.claude.com, Streaming messages. */
export function* streamOf(answer: Answer): Generator<Piece> {
  yield event("message_start", { message: head(answer) });
  for (const [index, { pauseSeconds, block }] of answer.blocks.entries()) {
    yield* silence(pauseSeconds);
    yield* blockEvents(index, block);
  }
  yield* silence(answer.lastPauseSeconds);
  if (answer.error !== undefined) return yield errorEvent(answer.error.status);
  yield event("message_delta", {
    delta: { stop_reason: answer.stopReason, stop_sequence: null },
    usage: { ...answer.usage, output_tokens: answer.outputTokens },
  });
  yield event("message_stop", {});
}

function* blockEvents(index: number, block: OutputBlock): Generator<Piece> {
  const isText = block.type === "text";
  yield event("content_block_start", { index, content_block: isText ? { type: "text", text: "" } : { ...block, input: {} } });
  if (index === 0) yield event("ping", {});
  const pieces = (isText ? block.text : JSON.stringify(block.input)).match(textPiece) ?? [];
  for (const piece of pieces)
    yield event("content_block_delta", { index, delta: isText ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece } });
  yield event("content_block_stop", { index });
}

/** A silence as the real service keeps it: a ping each second, so that no client takes the stream for dead. */
function* silence(seconds: number): Generator<Piece> {
  for (let left = seconds; left > 0; left--) {
    yield { waitMs: Math.min(left, 1) * 1_000 };
    yield event("ping", {});
  }
}

const event = (type: string, data: Record<string, unknown>): Piece => ({ text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n` });

function errorEvent(status: number): Piece {
  const { type } = new ApiError(status, "");
  return event("error", { error: { type, message: `The prompt asked for error ${status}. ${label}` } });
}
