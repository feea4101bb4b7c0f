import { createModelMap, parseRow, standardModelMap } from "../model-map.ts";
import { translateRequest, type TranslationContext } from "../translation/request.ts";
import { checkRequest } from "./gemini-rules.ts";
import { readGenerateRequest } from "./gemini-shape.ts";

const rows = `${standardModelMap},claude-2.5=x`.split(",").flatMap((text) => parseRow(text) ?? []);

/** The signatures that a translation finds in its memory. */
export const remembered = new Map<string, { model: string; value: string }>();

export const context: TranslationContext = {
  modelFor: createModelMap(rows).modelFor,
  signatures: { get: (id) => remembered.get(id), set: (id, model, value) => void remembered.set(id, { model, value }) },
  unknownFields: "refuse",
  headroomTokens: 1_024,
};

/** Translates, and holds the result to what Gemini takes. */
export function translate(more: object, given: Partial<TranslationContext> = {}) {
  const body = { model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...more };
  const translation = translateRequest(body, { ...context, ...given });
  const signed = new Map([["c2lnbmVk", { model: translation.model, of: "look" }]]);
  checkRequest(translation.model, readGenerateRequest(structuredClone(translation.request)), signed);
  return translation;
}

export const user = (...content: object[]) => ({ role: "user", content });
export const assistant = (...content: object[]) => ({ role: "assistant", content });
export const text = (words: string) => ({ type: "text", text: words });
export const use = (id: string, more: object = {}) => ({ type: "tool_use", id, name: "look", input: {}, ...more });
export const result = (id: string, content: unknown = "seen", more: object = {}) => ({ type: "tool_result", tool_use_id: id, content, ...more });
export const look = { name: "look", description: "Looks", input_schema: { type: "object", properties: { at: { type: "string" } } } };
