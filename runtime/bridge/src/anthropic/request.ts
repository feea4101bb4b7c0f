import { z } from "zod";
import { maybe } from "./optional.ts";

/** Source: platform.claude.com, Messages API, request body; @anthropic-ai/sdk 1.12.0, MessageCreateParamsBase (beta). */
const content = z.union([z.string(), z.array(z.unknown())]);

const thinking = z.discriminatedUnion("type", [
  z.object({ type: z.literal("enabled"), budget_tokens: z.number().int().min(1_024), display: maybe(z.string()) }),
  z.object({ type: z.literal("adaptive"), display: maybe(z.string()), block_binding: z.unknown().optional() }),
  z.object({ type: z.literal("between_tools") }),
  z.object({ type: z.literal("disabled") }),
]);

export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;

export const jsonFormat = z.object({ type: z.literal("json_schema"), schema: z.looseObject({}) });

export const outputConfig = z.object({ effort: maybe(z.enum(efforts)), format: maybe(z.unknown()), task_budget: maybe(z.unknown()) });

export const message = z.object({ role: z.enum(["user", "assistant"]), content });

/** A system message between the others. */
export const systemMessage = z.object({
  role: z.literal("system"),
  content: maybe(content),
  clear_at: maybe(z.enum(["next_user_message", "never"])),
  output_config: maybe(z.object({ effort: maybe(z.enum(efforts)) })),
});

/** What counting tokens and answering have in common. */
const prompt = {
  model: z.string().min(1).max(256),
  messages: z.array(z.looseObject({ role: z.string() })).min(1, "at least one message is required"),
  system: maybe(content),
  tools: maybe(z.array(z.unknown())),
  tool_choice: z.unknown().optional(),
  thinking: maybe(thinking),
  output_config: maybe(z.unknown()),
  output_format: maybe(z.unknown()),
  context_management: maybe(z.object({ edits: maybe(z.array(z.looseObject({ type: z.string() }))) })),
  cache_control: z.unknown().optional(),
  mcp_servers: maybe(z.array(z.unknown())),
  speed: maybe(z.string()),
};

export const countRequest = z.object(prompt);

export const messageRequest = z.object({
  ...prompt,
  max_tokens: z.number().int().min(1),
  stream: maybe(z.boolean()),
  stop_sequences: maybe(z.array(z.string().min(1))),
  temperature: maybe(z.number().min(0).max(1)),
  top_p: maybe(z.number().min(0).max(1)),
  top_k: maybe(z.number().int().min(0)),
  metadata: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  diagnostics: z.unknown().optional(),
  inference_geo: maybe(z.string()),
  container: maybe(z.unknown()),
  tags: z.unknown().optional(),
});

export type MessageRequest = z.output<typeof messageRequest>;
/** A request for a count lacks only what steers the answer. */
export type PromptRequest = z.output<typeof countRequest>;
export type Thinking = z.output<typeof thinking>;
export type Effort = (typeof efforts)[number];
