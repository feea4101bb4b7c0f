import { z } from "zod";
import { invalid, untranslatable } from "../wire/fault.ts";
import { compact, isFields, isTooDeep, join, maybe, read, type Fields } from "../wire/fields.ts";
import type { ChatRequest } from "../wire/openai.ts";
import { toChatMessages, toSystem } from "./messages.ts";
import type { ChatProfile } from "./profile.ts";
import { toChatTool, toChatToolChoice } from "./tools.ts";

const effort = z.enum(["low", "medium", "high", "xhigh", "max"]);
const thinking = z.discriminatedUnion("type", [
  z.object({ type: z.literal("enabled"), budget_tokens: z.number().int().min(1), display: maybe(z.string()) }),
  z.object({ type: z.literal("adaptive"), display: maybe(z.string()), block_binding: z.unknown().optional() }),
  z.object({ type: z.literal("between_tools") }),
  z.object({ type: z.literal("disabled") }),
]);
const jsonFormat = z.object({ type: z.literal("json_schema"), schema: z.looseObject({}) });

/** Source: platform.claude.com, Messages API; @anthropic-ai/sdk 1.12.0, MessageCreateParamsBase, stable and beta (2026-11). */
const messagesRequest = z.object({
  model: z.string().min(1).max(256),
  messages: z.array(z.looseObject({ role: z.string() })).min(1, "at least one message is required"),
  max_tokens: z.number().int().min(1),
  system: maybe(z.union([z.string(), z.array(z.unknown())])),
  tools: maybe(z.array(z.unknown())),
  tool_choice: maybe(z.unknown()),
  stream: maybe(z.boolean()),
  stop_sequences: maybe(z.array(z.string().min(1))),
  temperature: maybe(z.number().min(0).max(1)),
  top_p: maybe(z.number().min(0).max(1)),
  top_k: maybe(z.number().int().min(0)),
  thinking: maybe(thinking),
  output_config: maybe(z.looseObject({ effort: maybe(effort), format: maybe(jsonFormat) })),
  output_format: maybe(jsonFormat),
  context_management: maybe(z.object({ edits: maybe(z.array(z.looseObject({ type: z.string() }))) })),
  mcp_servers: maybe(z.array(z.unknown())),
  container: maybe(z.unknown()),
  speed: maybe(z.string()),
  inference_geo: maybe(z.string()),
  cache_control: z.unknown().optional(),
  metadata: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  diagnostics: z.unknown().optional(),
  tags: z.unknown().optional(),
  user_profile_id: z.unknown().optional(),
  workspace_id: z.unknown().optional(),
});

type MessagesRequest = z.output<typeof messagesRequest>;

export interface ChatTranslation {
  request: ChatRequest;
  /** Whether the caller wants to see what the model thinks. */
  showsThinking: boolean;
  /** Fields without effect, whose loss changes no answer's meaning. */
  ignored: string[];
}

/** A Messages request as one of Chat Completions. Throws: TranslationFault that names what can't be translated. */
export function translateMessages(given: unknown, model: string | undefined, profile: ChatProfile): ChatTranslation {
  const fields: Fields = isFields(given) ? given : {};
  if (isTooDeep(fields)) throw invalid("body", "nests too deeply");
  const request = read(messagesRequest, fields, "");
  const ignored: string[] = [];
  refuse(request, profile, ignored);
  const tools = request.tools?.map((tool, index) => toChatTool(tool, join("tools", index))) ?? [];
  const limit = Math.min(request.max_tokens, profile.mostTokens ?? Number.MAX_SAFE_INTEGER);
  const translated = compact<ChatRequest>({
    model: model ?? request.model,
    messages: [...toSystem(request.system, profile), ...toChatMessages(request.messages, profile)],
    [profile.limitField]: limit,
    ...(request.stream === true ? { stream: true as const, ...(profile.streamUsage ? { stream_options: { include_usage: true as const } } : {}) } : {}),
    stop: request.stop_sequences,
    temperature: request.temperature,
    top_p: request.top_p,
    top_k: request.top_k,
    ...(tools.length === 0 ? {} : { tools, ...toChatToolChoice(request.tool_choice) }),
    ...toReasoning(request, profile, ignored),
    response_format: toResponseFormat(request, profile),
  });
  return { request: translated, showsThinking: request.thinking !== undefined && request.thinking.type !== "disabled", ignored };
}

/** Edits that Anthropic's servers make to a long conversation; without them the model sees all of it. */
const harmlessEdits = /^(clear_tool_uses|clear_thinking|compact)_\d{8}$/;

function refuse(request: MessagesRequest, profile: ChatProfile, ignored: string[]): void {
  const { mcp_servers, container, speed, inference_geo, top_k, context_management, metadata, service_tier, output_config } = request;
  if ((mcp_servers ?? []).length > 0) throw untranslatable("mcp_servers", "this provider can't call MCP servers for you; offer their tools as custom tools");
  if (container !== undefined) throw untranslatable("container", "this provider has no containers; leave it out");
  if (speed !== undefined && speed !== "standard") throw untranslatable("speed", "this provider has one speed; leave it out");
  if (inference_geo !== undefined && inference_geo !== "global")
    throw untranslatable("inference_geo", "where this provider computes can't be chosen; leave it out");
  if (top_k !== undefined && !profile.topK) throw untranslatable("top_k", "this provider does not know it; leave it out");
  for (const [index, { type }] of (context_management?.edits ?? []).entries())
    if (!harmlessEdits.test(type))
      throw untranslatable(join("context_management.edits", index), `${JSON.stringify(type.slice(0, 60))} can't be translated to Chat Completions`);
  for (const name of Object.keys(output_config ?? {})) if (name !== "effort" && name !== "format") ignored.push(join("output_config", name.slice(0, 60)));
  if (context_management !== undefined) ignored.push("context_management");
  if (metadata !== undefined && metadata !== null) ignored.push("metadata");
  if (typeof service_tier === "string" && service_tier !== "auto") ignored.push("service_tier");
}

/** Budgets of tokens as efforts. */
const effortOf = (budget: number): string => (budget < 4_096 ? "low" : budget < 16_384 ? "medium" : "high");

function toReasoning({ thinking: wish, output_config }: MessagesRequest, { reasoning }: ChatProfile, ignored: string[]): Partial<ChatRequest> {
  const wanted = output_config?.effort;
  if (reasoning === "none") {
    if (wish !== undefined && wish.type !== "disabled") ignored.push("thinking");
    if (wanted !== undefined) ignored.push("output_config.effort");
    return {};
  }
  if (wish === undefined || wish.type === "disabled") return {};
  if (reasoning === "reasoning" && wish.type === "enabled") return { reasoning: { max_tokens: wish.budget_tokens } };
  // Three efforts are what every service with efforts has.
  const effort = wish.type === "enabled" ? effortOf(wish.budget_tokens) : wanted === "xhigh" || wanted === "max" ? "high" : (wanted ?? "medium");
  return reasoning === "reasoning" ? { reasoning: { effort } } : { reasoning_effort: effort };
}

function toResponseFormat({ output_config, output_format }: MessagesRequest, { jsonSchema }: ChatProfile): ChatRequest["response_format"] {
  const format = output_config?.format ?? output_format;
  if (format === undefined) return undefined;
  if (!jsonSchema) throw untranslatable("output_config.format", "this provider can't hold an answer to a schema");
  return { type: "json_schema", json_schema: { name: "answer", strict: true, schema: format.schema } };
}
