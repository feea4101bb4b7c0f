import type { Block, MessagesRequest } from "./request.ts";
import { toBlocks } from "./request.ts";

/** Counts in the shape of Anthropic's `usage`. Units: tokens, four characters of JSON each. */
export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export const tokensOf = (value: unknown): number => Math.ceil((typeof value === "string" ? value : JSON.stringify(value ?? "")).length / 4);

/** All input tokens of a request, cached or not, as count_tokens answers. */
export function inputTokensOf(request: MessagesRequest): number {
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = inputUsageOf(request);
  return input_tokens + cache_creation_input_tokens + cache_read_input_tokens;
}

/**
 * Splits the input as a prompt cache that never expires would: what lay before the last answer was written by the request before
 * and is read now, the rest up to the last `cache_control` is written, what follows is plain input.
 */
export function inputUsageOf(request: MessagesRequest): InputUsage {
  const pieces = piecesOf(request);
  const lastMark = pieces.findLastIndex((piece) => piece.marked);
  const lastAnswer = pieces.findLastIndex((piece) => piece.isAnswer);
  const read = pieces.slice(0, lastAnswer < 0 ? 0 : lastAnswer).findLastIndex((piece) => piece.marked);
  const sum = (from: number, to: number) => pieces.slice(from, to).reduce((total, piece) => total + piece.tokens, 0);
  return {
    cache_read_input_tokens: sum(0, read + 1),
    cache_creation_input_tokens: sum(read + 1, lastMark + 1),
    input_tokens: sum(lastMark + 1, pieces.length),
  };
}

interface Piece {
  tokens: number;
  marked: boolean;
  isAnswer: boolean;
}

function piecesOf(request: MessagesRequest): Piece[] {
  const tools = (request.tools ?? []).map((tool) => pieceOf(tool, false));
  const system = toBlocks(request.system ?? []).map((block) => pieceOf(block, false));
  const messages = request.messages.flatMap((message) => toBlocks(message.content).map((block: Block) => pieceOf(block, message.role === "assistant")));
  return [...tools, ...system, ...messages];
}

const pieceOf = (value: Record<string, unknown>, isAnswer: boolean): Piece => ({
  tokens: tokensOf(value),
  marked: (value["cache_control"] ?? null) !== null,
  isAnswer,
});
