import { jsonFormat, outputConfig, type Effort, type MessageRequest, type PromptRequest } from "../anthropic/request.ts";
import type { Profile } from "../gemini/profiles.ts";
import type { GenerationConfig } from "../gemini/types.ts";
import { toGeminiSchema } from "./json-schema.ts";
import { read, untranslatable, type Notes } from "./notes.ts";
import type { ThinkingPlan } from "./thinking.ts";

/** Source: GenerationConfig.stopSequences, "up to 5", ai.google.dev/api/generate-content (2026-11). */
const maxStopSequences = 5;

export interface Output {
  effort: Effort | undefined;
  /** A JSON Schema that the answer must fit. */
  schema: unknown;
}

/** Reads `output_config` and its forerunner `output_format`. Throws: `request.untranslatable`. */
export function readOutput(request: PromptRequest, notes: Notes): Output {
  const { effort, format, task_budget } = request.output_config === undefined ? {} : read(outputConfig, request.output_config, "output_config", notes);
  if (task_budget !== undefined) throw untranslatable("output_config.task_budget", "Gemini can't keep to a budget of the whole task; leave it out");
  const given = format ?? request.output_format;
  if (given === undefined) return { effort, schema: undefined };
  const path = format === undefined ? "output_format" : "output_config.format";
  const { schema } = read(jsonFormat, given, path, notes);
  return { effort, schema: toGeminiSchema(schema, { path: `${path}.schema`, strict: true }) };
}

interface Plans {
  thinking: ThinkingPlan;
  output: Output;
  hasTools: boolean;
  profile: Profile;
  /** Units: tokens. See `THINKING_HEADROOM_TOKENS`. */
  headroomTokens: number;
}

/** Throws: `request.untranslatable`. */
export function toGenerationConfig(request: MessageRequest, { thinking, output, hasTools, profile, headroomTokens }: Plans, notes: Notes): GenerationConfig {
  const stops = request.stop_sequences ?? [];
  if (stops.length > maxStopSequences) throw untranslatable("stop_sequences", `Gemini takes ${maxStopSequences} at most, and here are ${stops.length}`);
  // Gemini counts its thinking in the same allowance, and can't be told not to think: who asked for none still gets an answer.
  const allowance = request.max_tokens + (thinking.shown === "nothing" ? headroomTokens : 0);
  return {
    maxOutputTokens: Math.min(allowance, profile.maxOutputTokens),
    ...sampling(request, profile, notes),
    ...(stops.length === 0 ? {} : { stopSequences: stops }),
    ...(thinking.config === undefined ? {} : { thinkingConfig: thinking.config }),
    ...json(output, hasTools, profile),
  };
}

function sampling({ temperature, top_p: topP, top_k: wantedTopK }: MessageRequest, profile: Profile, notes: Notes): GenerationConfig {
  // 0 is how callers say that there is no limit; Gemini wants none then.
  const topK = wantedTopK === 0 ? undefined : wantedTopK;
  const given = { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }), ...(topK === undefined ? {} : { topK }) };
  if (profile.sampling) return given;
  const names = { temperature: "temperature", topP: "top_p", topK: "top_k" } as const;
  for (const name of Object.keys(given)) notes.ignored.add(names[name as keyof typeof names]);
  return {};
}

function json({ schema }: Output, hasTools: boolean, profile: Profile): GenerationConfig {
  if (schema === undefined) return {};
  if (hasTools && !profile.generation3) throw untranslatable("output_config.format", "this Gemini model can't keep to a format while it has tools");
  return { responseMimeType: "application/json", responseJsonSchema: schema };
}
