import type { ContentBlock, Message, StreamEvent } from "../anthropic/events.ts";

/** The whole message that a stream's events tell; the bridge has one translation, and this is how it serves who wants no stream. */
export function assemble(events: readonly StreamEvent[]): Message {
  const started = events.find((event) => event.type === "message_start");
  if (started === undefined) throw new TypeError("A message begins with message_start.");
  return events.reduce(applied, started.message);
}

function applied(message: Message, event: StreamEvent): Message {
  switch (event.type) {
    case "content_block_start":
      return { ...message, content: [...message.content, event.content_block] };
    case "content_block_delta":
      return { ...message, content: message.content.map((block, index) => (index === event.index ? changed(block, event.delta) : block)) };
    case "message_delta":
      return { ...message, ...event.delta, usage: event.usage };
    default:
      return message;
  }
}

function changed(block: ContentBlock, delta: Extract<StreamEvent, { type: "content_block_delta" }>["delta"]): ContentBlock {
  if (block.type === "text" && delta.type === "text_delta") return { ...block, text: block.text + delta.text };
  if (block.type === "thinking" && delta.type === "thinking_delta") return { ...block, thinking: block.thinking + delta.thinking };
  if (block.type === "thinking" && delta.type === "signature_delta") return { ...block, signature: delta.signature };
  if (block.type === "tool_use" && delta.type === "input_json_delta") return { ...block, input: JSON.parse(delta.partial_json) as Record<string, unknown> };
  return block;
}
