import { z } from "zod";
import type { MessagesRequest } from "../wire/anthropic.ts";
import { invalid, untranslatable } from "../wire/fault.ts";
import { join, maybe, read } from "../wire/fields.ts";
import { assemble } from "./chat-request.ts";
import { Conversation, textBlocks } from "./conversation.ts";
import { judged, judgeFields, responsesRows } from "./neutral.ts";
import type { Notes } from "./notes.ts";
import { toOutputFormat } from "./output-format.ts";
import { addInputItem } from "./responses-input.ts";
import { efforts } from "./thinking.ts";
import { toResponsesTool } from "./tools.ts";

const summaries = maybe(z.enum(["auto", "concise", "detailed"]));

const responsesRequest = z.object({
  ...judged(responsesRows),
  model: z.string().min(1).max(256),
  input: z.union([z.string(), z.array(z.unknown()).min(1)]),
  instructions: maybe(z.string()),
  stream: maybe(z.boolean()),
  stream_options: maybe(z.object({ include_obfuscation: maybe(z.boolean()) })),
  max_output_tokens: maybe(z.number().int().min(1)),
  temperature: maybe(z.number().min(0).max(2)),
  top_p: maybe(z.number().min(0).max(1)),
  tools: maybe(z.array(z.unknown())),
  tool_choice: maybe(z.unknown()),
  parallel_tool_calls: maybe(z.boolean()),
  text: maybe(z.object({ format: maybe(z.unknown()), verbosity: maybe(z.enum(["low", "medium", "high"])) })),
  reasoning: maybe(
    z.object({ effort: maybe(z.enum(efforts)), summary: summaries, generate_summary: summaries, mode: maybe(z.string()), context: maybe(z.string()) }),
  ),
  include: maybe(z.array(z.string())),
  metadata: maybe(z.looseObject({})),
  user: maybe(z.string()),
  safety_identifier: maybe(z.string()),
  prompt_cache_key: maybe(z.string()),
});

export type ResponsesRequest = z.output<typeof responsesRequest>;

/** A request of the Responses API as one of Messages. Throws: TranslationFault that names what can't be translated. */
export function translateResponses(given: Record<string, unknown>, notes: Notes): { messages: MessagesRequest; request: ResponsesRequest } {
  const request = read(responsesRequest, given, "");
  judgeFields(responsesRows, given, notes);
  judgeNested(request, notes);
  const conversation = new Conversation();
  conversation.instruct(textBlocks(request.instructions ?? ""));
  if (typeof request.input === "string") conversation.add("user", textBlocks(request.input));
  else for (const [index, item] of request.input.entries()) addInputItem(conversation, item, join("input", index), notes);
  if (conversation.messages.length === 0) throw invalid("input", "there is nothing to answer; send a message of the user");
  const tools = request.tools?.map((tool, index) => toResponsesTool(tool, join("tools", index))) ?? [];
  const format = toOutputFormat(request.text?.format, "text.format");
  const messages = assemble({ ...request, max_tokens: request.max_output_tokens }, { conversation, tools, format }, notes, {
    effort: request.reasoning?.effort,
    field: "reasoning.effort",
    summary: (request.reasoning?.summary ?? request.reasoning?.generate_summary) !== undefined,
  });
  return { messages, request };
}

/** What asks for the output of tools that can't be offered here has no effect. */
const withoutEffect = /^(?:file_search_call|web_search_call|computer_call_output|code_interpreter_call)\.|^message\.input_image\.image_url$/;

function judgeNested({ text, reasoning, include }: ResponsesRequest, notes: Notes): void {
  if (text?.verbosity !== undefined && text.verbosity !== "medium") throw untranslatable("text.verbosity", "say in words how long an answer should be");
  if (reasoning?.mode !== undefined && reasoning.mode !== "standard") throw untranslatable("reasoning.mode", "Claude has one mode");
  if (reasoning?.context !== undefined && reasoning.context !== "auto") notes.ignored.add("reasoning.context");
  for (const wanted of include ?? []) {
    if (wanted === "reasoning.encrypted_content") continue;
    if (!withoutEffect.test(wanted)) throw untranslatable("include", `${JSON.stringify(wanted.slice(0, 100))} can't be had`);
    notes.ignored.add("include");
  }
}
