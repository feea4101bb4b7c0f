import type { BodyFields } from "./body-fields.ts";
import { parseObject } from "./usage.ts";

/** The same body with another model: only the bytes of its name change. */
export function withModel(body: Buffer, { modelStart, modelEnd }: BodyFields, model: string): Buffer {
  if (modelEnd === 0) return body;
  return Buffer.concat([body.subarray(0, modelStart), Buffer.from(JSON.stringify(model)), body.subarray(modelEnd)]);
}

/** The same request without some top-level fields. It is written anew, which few requests need. */
export function withoutFields(body: Buffer, names: readonly string[]): Buffer {
  if (!names.some((name) => body.includes(`"${name}"`))) return body;
  const request = parseObject(body.toString("utf8"));
  if (request === undefined || !names.some((name) => Object.hasOwn(request, name))) return body;
  return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(request).filter(([name]) => !names.includes(name)))));
}

/** How signatures of thinking begin that the bridge, or the translation to Chat Completions, has made. */
const marks = ["freehold-gemini:", "freehold-openai:"] as const;

/** The same request without thinking of others: Anthropic refuses signatures that it has not made, and a conversation may have been with several. */
export function withoutForeignThinking(body: Buffer): Buffer {
  if (!marks.some((mark) => body.includes(mark))) return body;
  const request = parseObject(body.toString("utf8"));
  const messages = request?.["messages"];
  if (request === undefined || !Array.isArray(messages)) return body;
  const kept = messages.map(withoutSigned).filter((message) => message !== undefined);
  return Buffer.from(JSON.stringify({ ...request, messages: kept }));
}

function withoutSigned(message: unknown): unknown {
  const { content } = (message ?? {}) as { content?: unknown };
  if (!Array.isArray(content)) return message;
  const kept = content.filter((block: unknown) => !isForeign(block));
  if (kept.length === content.length) return message;
  return kept.length === 0 ? undefined : { ...(message as object), content: kept };
}

function isForeign(block: unknown): boolean {
  const { type, signature } = (block ?? {}) as { type?: unknown; signature?: unknown };
  return type === "thinking" && typeof signature === "string" && marks.some((mark) => signature.startsWith(mark));
}
