/** What is said of Anthropic's Messages API here. Source: platform.claude.com, Messages API and "Streaming messages"; @anthropic-ai/sdk 1.12.0 (2026-11). */
export interface CacheControl {
  type: "ephemeral";
  ttl?: "5m" | "1h";
}

interface Cacheable {
  cache_control?: CacheControl;
}

export type TextBlock = { type: "text"; text: string } & Cacheable;
export type ImageBlock = { type: "image"; source: { type: "base64"; media_type: string; data: string } | { type: "url"; url: string } } & Cacheable;
export type DocumentBlock = {
  type: "document";
  source:
    | { type: "base64"; media_type: "application/pdf"; data: string }
    | { type: "url"; url: string }
    | { type: "text"; media_type: "text/plain"; data: string };
  title?: string;
} & Cacheable;
export type ThinkingBlock = { type: "thinking"; thinking: string; signature: string };
export type RedactedThinkingBlock = { type: "redacted_thinking"; data: string };
export type ToolUseBlock = { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };
export type ToolResultBlock = { type: "tool_result"; tool_use_id: string; content: string | (TextBlock | ImageBlock | DocumentBlock)[] };
export type RequestBlock = TextBlock | ImageBlock | DocumentBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock;

export interface RequestMessage {
  role: "user" | "assistant" | "system";
  content: RequestBlock[];
}

export interface Tool {
  name: string;
  description?: string;
  input_schema: Record<string, unknown>;
  strict?: true;
}

export type ToolChoice =
  | { type: "auto" | "any"; disable_parallel_tool_use?: true }
  | { type: "tool"; name: string; disable_parallel_tool_use?: true }
  | { type: "none" };

export type Effort = "low" | "medium" | "high" | "xhigh" | "max";

export type Thinking = { type: "adaptive"; display?: "summarized" } | { type: "enabled"; budget_tokens: number } | { type: "disabled" };

export interface MessagesRequest {
  model: string;
  max_tokens: number;
  stream?: true;
  system?: TextBlock[];
  messages: RequestMessage[];
  tools?: Tool[];
  tool_choice?: ToolChoice;
  stop_sequences?: string[];
  temperature?: number;
  top_p?: number;
  thinking?: Thinking;
  output_config?: { effort?: Effort; format?: { type: "json_schema"; schema: Record<string, unknown> } };
  metadata?: { user_id: string };
  cache_control?: CacheControl;
}

export type StopReason = "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";

/** `input_tokens` leaves cached ones out. */
export interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
  output_tokens_details: { thinking_tokens: number };
}

export type AnswerBlock = TextBlock | ThinkingBlock | ToolUseBlock;

export interface Message {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: AnswerBlock[];
  stop_reason: StopReason | null;
  stop_sequence: string | null;
  stop_details: { type: "refusal"; category: null; explanation: string | null } | null;
  usage: Usage;
}

export type Delta =
  | { type: "text_delta"; text: string }
  | { type: "thinking_delta"; thinking: string }
  | { type: "signature_delta"; signature: string }
  | { type: "input_json_delta"; partial_json: string };

export type StreamEvent =
  | { type: "message_start"; message: Message }
  | { type: "content_block_start"; index: number; content_block: AnswerBlock }
  | { type: "content_block_delta"; index: number; delta: Delta }
  | { type: "content_block_stop"; index: number }
  | { type: "message_delta"; delta: Pick<Message, "stop_reason" | "stop_sequence" | "stop_details">; usage: Usage }
  | { type: "message_stop" };

export const renderEvents = (events: readonly StreamEvent[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

export const noUsage: Usage = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: { thinking_tokens: 0 },
};
