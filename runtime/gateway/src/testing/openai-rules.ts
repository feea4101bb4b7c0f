import { z } from "zod";

/** What OpenAI's API takes, field by field, without any tolerance: a gateway that sends more or less is at fault. Source: openai 7.57.0 (2026-11). */
const textPart = z.strictObject({ type: z.literal("text"), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({
    url: z.string().regex(/^(https:\/\/|data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$)/),
    detail: z.enum(["auto", "low", "high"]).optional(),
  }),
});
const filePart = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({ filename: z.string(), file_data: z.string().startsWith("data:application/pdf;base64,") }),
});
const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string().regex(/^[\w-]{1,64}$/), arguments: z.string().refine(isJsonObject, "must be a JSON object") }),
});
const text = z.union([z.string(), z.array(textPart).min(1)]);

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: text, name: z.string().optional() }),
  z.strictObject({ role: z.literal("developer"), content: text, name: z.string().optional() }),
  z.strictObject({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.union([textPart, imagePart, filePart])).min(1)]),
    name: z.string().optional(),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.union([text, z.null()]).optional(),
    tool_calls: z.array(toolCall).min(1).optional(),
    refusal: z.string().nullish(),
    name: z.string().optional(),
    reasoning_content: z.string().optional(),
    reasoning_details: z.array(z.looseObject({ type: z.string() })).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), content: text, tool_call_id: z.string().min(1) }),
]);

const namedTool = z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string() }) });

const chatRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.number().int().min(1).optional(),
  max_completion_tokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).optional(),
  n: z.number().int().min(1).max(8).optional(),
  seed: z.number().int().optional(),
  logprobs: z.boolean().optional(),
  user: z.string().optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string().optional(),
          parameters: z.looseObject({ type: z.literal("object") }).optional(),
          strict: z.boolean().optional(),
        }),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z.union([z.enum(["auto", "none", "required"]), namedTool]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high"]).optional(),
  response_format: z
    .strictObject({
      type: z.literal("json_schema"),
      json_schema: z.strictObject({ name: z.string(), strict: z.boolean().optional(), schema: z.looseObject({}), description: z.string().optional() }),
    })
    .optional(),
});

export type SimulatedRequest = z.output<typeof chatRequest>;

function isJsonObject(json: string): boolean {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/** A request that OpenAI's API would take, or what is wrong with it. */
export function judgeRequest(body: string): { request: SimulatedRequest } | { wrong: string; param: string | null } {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return { wrong: "We could not parse the JSON body of your request.", param: null };
  }
  const parsed = chatRequest.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { wrong: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`, param: issue?.path.join(".") ?? null };
  }
  const wrong = inconsistency(parsed.data);
  return wrong === undefined ? { request: parsed.data } : { wrong, param: "messages" };
}

function inconsistency(request: SimulatedRequest): string | undefined {
  if (request.max_tokens !== undefined && request.max_completion_tokens !== undefined) return "Set one of max_tokens and max_completion_tokens.";
  if (request.stream_options !== undefined && request.stream !== true) return "stream_options is only allowed with stream.";
  const names = (request.tools ?? []).map((tool) => tool.function.name);
  if (request.tool_choice !== undefined && names.length === 0) return "tool_choice is only allowed when tools are specified.";
  if (typeof request.tool_choice === "object" && !names.includes(request.tool_choice.function.name)) return "tool_choice names a tool that is not in tools.";
  return unanswered(request.messages);
}

/** Each call is answered right behind it, each answer belongs to a call. */
function unanswered(messages: SimulatedRequest["messages"]): string | undefined {
  let open = new Set<string>();
  for (const each of messages) {
    if (each.role === "tool") {
      if (!open.delete(each.tool_call_id)) return `No call ${each.tool_call_id} stands before its result.`;
      continue;
    }
    if (open.size > 0) return `An assistant message with tool_calls must be followed by a result of each: ${[...open].join(", ")}.`;
    open = new Set(each.role === "assistant" ? (each.tool_calls ?? []).map(({ id }) => id) : []);
  }
  return open.size > 0 ? "The last calls have no results." : undefined;
}
