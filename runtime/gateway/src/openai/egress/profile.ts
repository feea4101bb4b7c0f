import { z } from "zod";
import { compact } from "../wire/fields.ts";

/** What a service that speaks OpenAI's Chat Completions can do beyond what all of them can. */
export interface ChatProfile {
  /** The name of the field that limits an answer: OpenAI's newer models want the second. */
  limitField: "max_tokens" | "max_completion_tokens";
  /** The longest answer that may be asked for; a longer wish is cut down to it. Units: tokens. */
  mostTokens?: number;
  /** How thinking is asked for; where it can't be, the model decides. */
  reasoning: "none" | "reasoning_effort" | "reasoning";
  /** How earlier thinking goes back; most want none, some demand it in the middle of tool calls. */
  thinkingBack: "none" | "reasoning_content" | "reasoning_details";
  topK: boolean;
  images: boolean;
  pdf: boolean;
  /** Whether Anthropic's cache points may stand in text parts. */
  cachePoints: boolean;
  /** Whether system messages may stand between the others; some chat templates refuse them, the text is then given as the user's. */
  systemInside: boolean;
  jsonSchema: boolean;
  /** Whether a stream can end with its usage. */
  streamUsage: boolean;
  /** Tokens are estimated, or the question is refused and clients estimate by themselves. */
  countTokens: "estimate" | "refuse";
}

const plain: ChatProfile = {
  limitField: "max_tokens",
  reasoning: "none",
  thinkingBack: "none",
  topK: false,
  images: true,
  pdf: false,
  cachePoints: false,
  systemInside: true,
  jsonSchema: true,
  streamUsage: true,
  countTokens: "estimate",
};

/** Source: each service's own reference, as of 2026-11; a setting may say otherwise. */
export const chatProfiles = {
  /** Any service of which no more is known. */
  generic: plain,
  openai: { ...plain, limitField: "max_completion_tokens", reasoning: "reasoning_effort", pdf: true },
  openrouter: { ...plain, reasoning: "reasoning", thinkingBack: "reasoning_details", topK: true, pdf: true, cachePoints: true },
  groq: { ...plain, limitField: "max_completion_tokens" },
  ollama: { ...plain, reasoning: "reasoning_effort" },
  vllm: { ...plain, thinkingBack: "reasoning_content", topK: true, systemInside: false },
  deepseek: { ...plain, thinkingBack: "reasoning_content", images: false, jsonSchema: false },
} as const satisfies Record<string, ChatProfile>;

type ChatProfileName = keyof typeof chatProfiles;

/** What an entry of the configuration document may say of such a service. */
export const chatOptions = z.strictObject({
  service: z.enum(Object.keys(chatProfiles) as [ChatProfileName, ...ChatProfileName[]]).default("generic"),
  limitField: z.enum(["max_tokens", "max_completion_tokens"]).optional(),
  mostTokens: z.int().min(1).optional().describe("the longest answer that may be asked for"),
  reasoning: z.enum(["none", "reasoning_effort", "reasoning"]).optional().describe("the field by which thinking is asked for"),
  thinkingBack: z.enum(["none", "reasoning_content", "reasoning_details"]).optional().describe("the field by which earlier thinking goes back"),
  topK: z.boolean().optional(),
  images: z.boolean().optional(),
  pdf: z.boolean().optional(),
  cachePoints: z.boolean().optional(),
  systemInside: z.boolean().optional().describe("whether system messages may stand between the others"),
  jsonSchema: z.boolean().optional(),
  streamUsage: z.boolean().optional(),
  countTokens: z.enum(["estimate", "refuse"]).optional(),
});

export function chatProfileOf(options: z.output<typeof chatOptions> | undefined): ChatProfile {
  const { service = "generic", ...differences } = options ?? {};
  return { ...chatProfiles[service], ...compact<Partial<ChatProfile>>(differences) };
}
