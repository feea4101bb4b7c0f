import { asText } from "@freehold/kernel/text";
import { isFields, type Fields } from "../openai/wire/fields.ts";

/** What Copilot's own Messages endpoint refuses of a request. Source: ericc-ch/copilot-api, pull request 246 (2026). */
export function toCopilotMessages(given: Fields, model: string): { request: Fields; ignored: string[] } {
  const { context_management, thinking, tools, messages, ...rest } = given;
  const ignored: string[] = [];
  if (context_management !== undefined && context_management !== null) ignored.push("context_management");
  const budget = isFields(thinking) && thinking["budget_tokens"] !== undefined;
  if (budget) ignored.push("thinking.budget_tokens");
  const request: Fields = {
    ...rest,
    model,
    ...(thinking === undefined ? {} : { thinking: budget ? { type: "adaptive" } : thinking }),
    ...(Array.isArray(tools) ? { tools: tools.map(withoutDeferral) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map(withoutReferences) } : {}),
  };
  return { request, ignored };
}

function withoutDeferral(tool: unknown): unknown {
  if (!isFields(tool) || tool["defer_loading"] === undefined) return tool;
  const { defer_loading: _deferral, ...kept } = tool;
  return kept;
}

function withoutReferences(message: unknown): unknown {
  if (!isFields(message) || !Array.isArray(message["content"])) return message;
  return { ...message, content: message["content"].map(inWords) };
}

/** All tools are offered from the start, so that a reference is good news in words. */
function inWords(block: unknown): unknown {
  if (!isFields(block)) return block;
  if (block["type"] === "tool_reference") return { type: "text", text: `The tool ${asText(block["tool_name"])} can be used now.` };
  return block["type"] === "tool_result" && Array.isArray(block["content"]) ? { ...block, content: block["content"].map(inWords) } : block;
}

/** Who began the turn: a person's prompt, or an agent that goes on with a tool's result. Copilot counts the former; saying otherwise is fraud. */
export function initiatorOf({ messages }: Fields): "user" | "agent" {
  const last: unknown = Array.isArray(messages) ? messages.findLast((message) => isFields(message) && message["role"] !== "system") : undefined;
  const content = isFields(last) ? last["content"] : undefined;
  return Array.isArray(content) && content.some((block) => isFields(block) && block["type"] === "tool_result") ? "agent" : "user";
}
