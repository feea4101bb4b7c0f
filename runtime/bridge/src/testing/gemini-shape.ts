import { z } from "zod";
import { thinkingLevels } from "../gemini/types.ts";
import { invalidArgument } from "./google-refusal.ts";

/**
 * The fields of a request that the simulation knows; any other is refused as Google's servers refuse unknown names.
 * Google's API has more of them; what the bridge never sends is left out, so that sending it by mistake fails.
 * Source: ai.google.dev/api/generate-content (v1beta), checked against the mapping of @google/genai 3.1.0 (2026-11).
 */
const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, "Base64 decoding failed");
const blob = z.strictObject({ mimeType: z.string().regex(/^[a-z]+\/[\w.+-]+$/), data: base64.min(1) });
const struct = z.record(z.string(), z.unknown());

const part = z.strictObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: base64.min(1).optional(),
  inlineData: blob.optional(),
  functionCall: z.strictObject({ id: z.string().optional(), name: z.string(), args: struct.optional() }).optional(),
  functionResponse: z
    .strictObject({ id: z.string().optional(), name: z.string(), response: struct, parts: z.array(z.strictObject({ inlineData: blob })).optional() })
    .optional(),
});

const content = z.strictObject({
  role: z.enum(["user", "model"], "Please use a valid role: user, model."),
  parts: z.array(part).min(1, "contents.parts must not be empty."),
});

const functionName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/, "Invalid function name. Must start with a letter or an underscore, with a maximum length of 128.");

const prompt = {
  contents: z.array(content).min(1, "contents is not specified"),
  systemInstruction: z.strictObject({ parts: z.array(z.strictObject({ text: z.string() })).min(1) }).optional(),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z
          .array(
            z
              .strictObject({ name: functionName, description: z.string().optional(), parametersJsonSchema: z.unknown() })
              .partial({ parametersJsonSchema: true }),
          )
          .min(1)
          .max(512),
      }),
    )
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(["AUTO", "ANY", "NONE", "VALIDATED"]),
        allowedFunctionNames: z.array(z.string()).min(1).optional(),
      }),
    })
    .optional(),
};

const generationConfig = z.strictObject({
  maxOutputTokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().min(1).optional(),
  stopSequences: z.array(z.string().min(1)).max(5).optional(),
  thinkingConfig: z
    .strictObject({ includeThoughts: z.boolean().optional(), thinkingBudget: z.number().int().optional(), thinkingLevel: z.enum(thinkingLevels).optional() })
    .optional(),
  responseMimeType: z.literal("application/json").optional(),
  responseJsonSchema: z.unknown().optional(),
});

const generateRequest = z.strictObject({ ...prompt, generationConfig: generationConfig.optional(), continuationToken: z.string().optional() });
const countRequest = z.strictObject({ generateContentRequest: z.strictObject({ model: z.string().startsWith("models/"), ...prompt }) });

export type SimulatedRequest = z.output<typeof generateRequest>;
export type SimulatedContent = z.output<typeof content>;
export type SimulatedPart = z.output<typeof part>;

export const readGenerateRequest = (body: unknown): SimulatedRequest => read(generateRequest, body);
export const readCountRequest = (body: unknown): { model: string; request: SimulatedRequest } => {
  const { model, ...request } = read(countRequest, body).generateContentRequest;
  return { model: model.slice("models/".length), request };
};

/** Throws: GoogleRefusal in the words of Google's JSON parser for names that it doesn't know. */
function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = (issue?.path ?? []).join(".");
  if (issue?.code === "unrecognized_keys")
    throw invalidArgument(`Invalid JSON payload received. Unknown name "${issue.keys[0]}" at '${place}': Cannot find field.`);
  throw invalidArgument(`* GenerateContentRequest.${place}: ${issue?.message}`);
}
