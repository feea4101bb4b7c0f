/** What the bridge sends. Source: platform.claude.com, "Streaming messages" and Messages API; @anthropic-ai/sdk 1.12.0 (2026-11). */
export type ContentBlock =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };

export type Delta =
  | { type: "text_delta"; text: string }
  | { type: "thinking_delta"; thinking: string }
  | { type: "signature_delta"; signature: string }
  | { type: "input_json_delta"; partial_json: string };

export type StopReason = "end_turn" | "max_tokens" | "tool_use" | "refusal";

export interface StopDetails {
  type: "refusal";
  category: null;
  explanation: string;
}

/** `input_tokens` leaves the cached ones out. */
export interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
  output_tokens_details: { thinking_tokens: number };
}

export interface Message {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: ContentBlock[];
  stop_reason: StopReason | null;
  stop_sequence: null;
  stop_details: StopDetails | null;
  usage: Usage;
}

export type StreamEvent =
  | { type: "message_start"; message: Message }
  | { type: "content_block_start"; index: number; content_block: ContentBlock }
  | { type: "content_block_delta"; index: number; delta: Delta }
  | { type: "content_block_stop"; index: number }
  | { type: "message_delta"; delta: Pick<Message, "stop_reason" | "stop_sequence" | "stop_details">; usage: Usage }
  | { type: "message_stop" };

export const renderEvents = (events: readonly StreamEvent[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

export const ping = 'event: ping\ndata: {"type":"ping"}\n\n';
