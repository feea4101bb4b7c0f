import type { MessagesRequest } from "./request.ts";
import { inputUsageOf, tokensOf } from "./tokens.ts";
import type { Part } from "./turn.ts";

export type OutputBlock = { type: "text"; text: string } | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };

/** A block of the answer, with the silence that comes before it. Units: seconds. */
export interface TimedBlock {
  pauseSeconds: number;
  block: OutputBlock;
}

export interface Answer {
  id: string;
  model: string;
  blocks: TimedBlock[];
  /** A silence after the last block. Units: seconds. */
  lastPauseSeconds: number;
  error: Extract<Part, { kind: "error" }> | undefined;
  stopReason: "end_turn" | "tool_use" | "max_tokens";
  usage: Record<string, unknown>;
  outputTokens: number;
}

/** Makes the answer of a turn, cut where `max_tokens` ends. */
export function answerOf(request: MessagesRequest, parts: readonly Part[], ids: { messageId: string; toolUseId: string }): Answer {
  const laidOut = layOut(parts, ids.toolUseId);
  const cut = cutAt(laidOut.blocks, request.max_tokens ?? Number.MAX_SAFE_INTEGER);
  const { cache_creation_input_tokens: written, ...usage } = inputUsageOf(request);
  return {
    id: ids.messageId,
    model: request.model,
    blocks: cut.blocks,
    lastPauseSeconds: laidOut.pauseSeconds,
    error: laidOut.error,
    stopReason: cut.isCut ? "max_tokens" : cut.blocks.some(({ block }) => block.type === "tool_use") ? "tool_use" : "end_turn",
    usage: {
      ...usage,
      cache_creation_input_tokens: written,
      cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
      service_tier: "standard",
    },
    outputTokens: cut.tokens,
  };
}

function layOut(parts: readonly Part[], toolUseId: string) {
  const blocks: TimedBlock[] = [];
  let pauseSeconds = 0;
  for (const part of parts) {
    if (part.kind === "error") return { blocks, pauseSeconds, error: part };
    if (part.kind === "pause") {
      pauseSeconds += part.seconds;
      continue;
    }
    blocks.push({
      pauseSeconds,
      block: part.kind === "text" ? { type: "text", text: part.text } : { type: "tool_use", id: toolUseId, name: part.name, input: part.input },
    });
    pauseSeconds = 0;
  }
  return { blocks, pauseSeconds, error: undefined };
}

function cutAt(blocks: readonly TimedBlock[], maxTokens: number) {
  const kept: TimedBlock[] = [];
  let tokens = 0;
  for (const timed of blocks) {
    const size = tokensOf(timed.block.type === "text" ? timed.block.text : timed.block.input);
    if (tokens + size > maxTokens) {
      const room = maxTokens - tokens;
      if (timed.block.type === "text" && room > 0) kept.push({ ...timed, block: { type: "text", text: [...timed.block.text].slice(0, room * 4).join("") } });
      return { blocks: kept, tokens: maxTokens, isCut: true };
    }
    tokens += size;
    kept.push(timed);
  }
  return { blocks: kept, tokens, isCut: false };
}

/** The answer as one JSON message. */
export function messageBody(answer: Answer): string {
  return JSON.stringify({
    ...head(answer),
    content: answer.blocks.map(({ block }) => block),
    stop_reason: answer.stopReason,
    usage: { ...answer.usage, output_tokens: answer.outputTokens },
  });
}

/** What `message_start` carries, and a whole message too. */
export const head = (answer: Answer) => ({
  id: answer.id,
  type: "message",
  role: "assistant",
  model: answer.model,
  content: [] as OutputBlock[],
  stop_reason: null as string | null,
  stop_sequence: null,
  usage: { ...answer.usage, output_tokens: 1 },
});
