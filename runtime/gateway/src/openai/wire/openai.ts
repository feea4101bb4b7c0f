/** What is said of OpenAI's Chat Completions API here. Source: openai 7.57.0, resources/chat/completions and resources/completions (2026-11). */
export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/**
 * Thinking as OpenRouter gives it and takes it back; a client that returns it unchanged keeps the model's train of thought over tool calls.
 * Source: openrouter.ai/docs, "Reasoning tokens", `reasoning_details`.
 */
export type ReasoningDetail =
  | { type: "reasoning.text"; text: string; signature: string; format: "anthropic-claude-v1"; index: number }
  | { type: "reasoning.encrypted"; data: string; format: "anthropic-claude-v1"; index: number };

/** `developer` is `system` under its newer name; providers of this dialect know the older one. */
export type ChatMessage =
  | { role: "system"; content: string | ChatPart[] }
  | { role: "user"; content: string | ChatPart[] }
  | {
      role: "assistant";
      content: string | null;
      tool_calls?: ToolCall[];
      reasoning_content?: string;
      reasoning_details?: { type: "reasoning.text"; text: string; signature?: string }[];
    }
  | { role: "tool"; tool_call_id: string; content: string };

export type ChatPart =
  | { type: "text"; text: string; cache_control?: unknown }
  | { type: "image_url"; image_url: { url: string } }
  | { type: "file"; file: { filename: string; file_data: string } };

export interface ChatTool {
  type: "function";
  function: { name: string; description?: string; parameters: Record<string, unknown>; strict?: true };
}

export type ChatToolChoice = "auto" | "required" | "none" | { type: "function"; function: { name: string } };

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  max_tokens?: number;
  max_completion_tokens?: number;
  stream?: true;
  stream_options?: { include_usage: true };
  stop?: string[];
  temperature?: number;
  top_p?: number;
  top_k?: number;
  tools?: ChatTool[];
  tool_choice?: ChatToolChoice;
  parallel_tool_calls?: false;
  reasoning_effort?: string;
  reasoning?: { effort: string } | { max_tokens: number };
  response_format?: { type: "json_schema"; json_schema: { name: string; strict: true; schema: Record<string, unknown> } };
}
