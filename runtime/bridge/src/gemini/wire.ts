import { asText } from "@freehold/kernel/text";
import type { GenerateContentRequest } from "./types.ts";

export interface GeminiModel {
  name: string;
  displayName: string | undefined;
  inputTokenLimit: number | undefined;
  outputTokenLimit: number | undefined;
}

/** A request as it goes to Google; without a body it is a GET. */
export interface WireCall {
  /** Below the base address. */
  path: string;
  body?: unknown;
}

/** How Gemini's own requests and answers are packed by the service that is asked for them. */
export interface Wire {
  generate(model: string, request: GenerateContentRequest): WireCall | Promise<WireCall>;
  /** Throws: BridgeError where the service can't count. */
  count(model: string, request: GenerateContentRequest): WireCall;
  models(): WireCall | Promise<WireCall>;
  /** Gemini's own answer out of an event of a stream. */
  unwrap(event: Record<string, unknown>): unknown;
  readModels(answer: Record<string, unknown>): GeminiModel[];
}

/** Asks Google something else on behalf of a wire. Throws: BridgeError. */
export type WireAsk = (call: WireCall, signal: AbortSignal) => Promise<Record<string, unknown>>;

/** The Gemini API itself. Source: ai.google.dev/api (v1beta, 2026-11). */
export const geminiWire: Wire = {
  generate: (model, request) => ({ path: `v1beta/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`, body: request }),
  count: (model, request) => ({
    path: `v1beta/models/${encodeURIComponent(model)}:countTokens`,
    body: { generateContentRequest: { model: `models/${model}`, ...request } },
  }),
  models: () => ({ path: "v1beta/models?pageSize=1000" }),
  unwrap: (event) => event,
  readModels: ({ models }) =>
    Array.isArray(models)
      ? models.map((given: Record<string, unknown> | null) => ({
          name: asText(given?.["name"]).replace(/^models\//, ""),
          displayName: typeof given?.["displayName"] === "string" ? given["displayName"] : undefined,
          inputTokenLimit: numberOf(given?.["inputTokenLimit"]),
          outputTokenLimit: numberOf(given?.["outputTokenLimit"]),
        }))
      : [],
};

export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
