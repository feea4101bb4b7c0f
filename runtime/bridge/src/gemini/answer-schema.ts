import { z } from "zod";
import type { GenerateContentResponse, GoogleError } from "./types.ts";

/** What the bridge reads of an answer must be what Google documents; the rest passes, and is nobody's here. */
const count = z.number().optional();
const text = z.string().optional();

const part = z.looseObject({
  text,
  thought: z.boolean().optional(),
  thoughtSignature: text,
  functionCall: z.looseObject({ id: text, name: z.string().min(1), args: z.record(z.string(), z.unknown()).optional() }).optional(),
});

const response = z.looseObject({
  candidates: z
    .array(z.looseObject({ content: z.looseObject({ parts: z.array(part).optional() }).optional(), finishReason: text, continuationToken: text }))
    .optional(),
  promptFeedback: z.looseObject({ blockReason: text }).optional(),
  usageMetadata: z
    .looseObject({
      promptTokenCount: count,
      cachedContentTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      toolUsePromptTokenCount: count,
    })
    .optional(),
});

/** Undefined for what is no answer of Gemini's. */
export const readAnswer = (value: unknown): GenerateContentResponse | undefined => response.safeParse(value).data as GenerateContentResponse | undefined;

/** An error tells what it can: a part that isn't as documented is left out. */
const told = z.string().optional().catch(undefined);
const violation = z.object({ quotaMetric: told, quotaId: told, quotaValue: told }).catch({});
const metadata = z.object({ quotaResetTimeStamp: told, quotaResetDelay: told }).optional().catch(undefined);
const detail = z.object({ reason: told, retryDelay: told, metadata, violations: z.array(violation).optional().catch(undefined) }).catch({});
const error = z.object({ code: count.catch(undefined), status: told, message: told, details: z.array(detail).optional().catch(undefined) }).catch({});

export const readError = (value: unknown): GoogleError => error.parse(value) as GoogleError;
