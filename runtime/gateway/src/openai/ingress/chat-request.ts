import { z } from "zod";
import type { MessagesRequest } from "../wire/anthropic.ts";
import { invalid, untranslatable } from "../wire/fault.ts";
import { compact, join, maybe, read } from "../wire/fields.ts";
import { addChatMessage } from "./chat-messages.ts";
import { Conversation } from "./conversation.ts";
import { maxTokensOf } from "./limits.ts";
import { chatRows, judged, judgeFields } from "./neutral.ts";
import type { Notes } from "./notes.ts";
import { toOutputFormat } from "./output-format.ts";
import { efforts, planThinking } from "./thinking.ts";
import { toChatTool, toToolChoice } from "./tools.ts";

const tokens = maybe(z.number().int().min(1));

const chatRequest = z.object({
  ...judged(chatRows),
  model: z.string().min(1).max(256),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: maybe(z.boolean()),
  stream_options: maybe(z.object({ include_usage: maybe(z.boolean()), include_obfuscation: maybe(z.boolean()) })),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: maybe(z.number().min(0).max(2)),
  top_p: maybe(z.number().min(0).max(1)),
  stop: maybe(z.union([z.string(), z.array(z.string())])),
  tools: maybe(z.array(z.unknown())),
  tool_choice: maybe(z.unknown()),
  parallel_tool_calls: maybe(z.boolean()),
  response_format: maybe(z.unknown()),
  reasoning_effort: maybe(z.enum(efforts)),
  user: maybe(z.string()),
  safety_identifier: maybe(z.string()),
  prompt_cache_key: maybe(z.string()),
});

/** A request of Chat Completions as one of Messages. Throws: TranslationFault that names what can't be translated. */
export function translateChat(given: Record<string, unknown>, notes: Notes): MessagesRequest {
  const request = read(chatRequest, given, "");
  judgeFields(chatRows, given, notes);
  const conversation = new Conversation();
  for (const [index, message] of request.messages.entries()) addChatMessage(conversation, message, join("messages", index), notes);
  if (conversation.messages.length === 0) throw invalid("messages", "there is nothing to answer; send a message of the user");
  const tools = request.tools?.map((tool, index) => toChatTool(tool, join("tools", index))) ?? [];
  const format = toOutputFormat(request.response_format, "response_format");
  return assemble({ ...request, max_tokens: request.max_completion_tokens ?? request.max_tokens }, { conversation, tools, format }, notes, {
    effort: request.reasoning_effort,
    field: "reasoning_effort",
    summary: false,
  });
}

/** What both of OpenAI's APIs say alike. */
interface CommonFields {
  model: string;
  max_tokens: number | undefined;
  stream?: boolean | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  stop?: string | string[] | undefined;
  tool_choice?: unknown;
  parallel_tool_calls?: boolean | undefined;
  user?: string | undefined;
  safety_identifier?: string | undefined;
  prompt_cache_key?: string | undefined;
}

interface Translated {
  conversation: Conversation;
  tools: NonNullable<MessagesRequest["tools"]>;
  format: ReturnType<typeof toOutputFormat>;
}

/** Puts a Messages request together. Throws: TranslationFault. */
export function assemble(request: CommonFields, translated: Translated, notes: Notes, wish: Parameters<typeof planThinking>[0]): MessagesRequest {
  const { model, temperature } = request;
  const { conversation, tools, format } = translated;
  if (temperature !== undefined && temperature > 1) throw untranslatable("temperature", "Claude's goes from 0 to 1");
  const max_tokens = request.max_tokens ?? maxTokensOf(model);
  const { thinking, effort } = planThinking(wish, { model, max_tokens, messages: conversation.messages }, notes);
  const stop = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  const userId = request.safety_identifier ?? request.user;
  return compact<MessagesRequest>({
    model,
    max_tokens,
    stream: request.stream === true ? true : undefined,
    system: nonEmpty(conversation.system),
    messages: conversation.messages,
    tools: nonEmpty(tools),
    tool_choice: toToolChoice({ ...request, hasTools: tools.length > 0 }),
    stop_sequences: nonEmpty(stop),
    temperature,
    top_p: request.top_p,
    thinking,
    output_config: effort === undefined && format === undefined ? undefined : compact({ effort, format }),
    metadata: userId === undefined ? undefined : { user_id: userId },
    // OpenAI keeps prompts by itself; a caller who names a key for it expects that, and Anthropic must be asked.
    cache_control: request.prompt_cache_key === undefined ? undefined : { type: "ephemeral" },
  });
}

const nonEmpty = <T>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);
