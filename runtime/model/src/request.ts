import { createHash } from "node:crypto";
import { z } from "zod";
import { ApiError } from "./api-error.ts";

const textBlock = z.looseObject({ type: z.literal("text"), text: z.string() });
const toolUseBlock = z.looseObject({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.unknown() });
const toolResultBlock = z.looseObject({ type: z.literal("tool_result"), tool_use_id: z.string(), content: z.unknown(), is_error: z.boolean().nullish() });
const otherBlock = z.looseObject({ type: z.string() });
const blocks = z.array(z.union([textBlock, toolUseBlock, toolResultBlock, otherBlock]));
const content = z.union([z.string(), blocks]);

/** What the rehearsal model reads of a Messages request; all else is accepted unread, as the wire grows with each release. */
const messagesRequest = z.looseObject({
  model: z.string(),
  max_tokens: z.number().int().min(1).optional(),
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant", "system"]), content })).min(1),
  system: content.optional(),
  tools: z.array(z.looseObject({ name: z.string(), defer_loading: z.boolean().nullish() })).nullish(),
  tool_choice: z.looseObject({ type: z.string() }).nullish(),
  stream: z.boolean().nullish(),
});

export type MessagesRequest = z.output<typeof messagesRequest>;
export type Block = z.output<typeof blocks>[number];
export type Content = z.output<typeof content>;

/** Reads a request body. Throws: ApiError 400 that names each bad field, 404 for a model that is not Claude's. */
export function parseRequest(body: Buffer, { countOnly = false } = {}): MessagesRequest {
  const parsed = messagesRequest.safeParse(parseJson(body));
  if (!parsed.success) throw new ApiError(400, parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "));
  if (!isModelId(parsed.data.model)) throw new ApiError(404, `model: ${parsed.data.model.slice(0, 100)}`);
  if (!countOnly && parsed.data.max_tokens === undefined) throw new ApiError(400, "max_tokens: Field required");
  return parsed.data;
}

export const isModelId = (id: string): boolean => /^claude-[\w.:@[\]-]{1,100}$/.test(id);

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ApiError(400, "The request body is not valid JSON.");
  }
}

export const toBlocks = (given: Content): Block[] => (typeof given === "string" ? [{ type: "text", text: given }] : given);

export const isText = (block: Block): block is z.output<typeof textBlock> => block.type === "text";
export const isToolUse = (block: Block): block is z.output<typeof toolUseBlock> => block.type === "tool_use";
export const isToolResult = (block: Block): block is z.output<typeof toolResultBlock> => block.type === "tool_result";

/** Ids that follow from the request alone: the same request gets the same ones. */
export function idsOf(path: string, body: Buffer): { requestId: string; messageId: string; toolUseId: string } {
  const hash = createHash("sha256").update(path).update("\0").update(body).digest("hex").slice(0, 24);
  return { requestId: `req_rehearsal_${hash}`, messageId: `msg_rehearsal_${hash}`, toolUseId: `toolu_rehearsal_${hash}` };
}
