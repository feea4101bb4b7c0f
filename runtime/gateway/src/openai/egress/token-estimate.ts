import { isFields } from "../wire/fields.ts";

/** Rough on purpose: every model cuts text in its own way. Units: characters and tokens. */
const charactersPerToken = 3.6;
const tokensPerImage = 1_500;
const tokensPerMessage = 4;
/** Names and brackets of the wire format cost less than their characters. */
const skipped = new Set(["type", "cache_control", "id", "tool_use_id", "media_type", "signature"]);

/** About how many tokens a Messages request has, counted by its texts; images count alike. Units: tokens. */
export function estimateTokens(request: unknown): number {
  if (!isFields(request)) return 0;
  const { system, messages, tools } = request;
  const count = Array.isArray(messages) ? messages.length : 0;
  return Math.ceil(weigh([system, messages]) + weigh(tools)) + count * tokensPerMessage;
}

/** Without recursion, since bodies nest as deep as their callers like. */
function weigh(whole: unknown): number {
  let tokens = 0;
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") tokens += value.length / charactersPerToken;
    else if (typeof value === "number" || typeof value === "boolean") tokens += 1;
    else if (Array.isArray(value)) for (const each of value) left.push(each);
    else if (isFields(value)) {
      if (value["type"] === "image") {
        tokens += tokensPerImage;
        continue;
      }
      for (const [name, each] of Object.entries(value)) if (!skipped.has(name)) left.push(each);
    }
  }
  return tokens;
}
