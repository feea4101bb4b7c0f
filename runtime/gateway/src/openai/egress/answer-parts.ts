import { isFields, textOf, type Fields } from "../wire/fields.ts";

export interface AnswerContext {
  /** The model that was asked for, for answers that name none. */
  model: string;
  showsThinking: boolean;
  /** The stop sequences that were asked for. */
  stops: readonly string[];
  /** Ids of the calls in the conversation. */
  knownIds: Iterable<string>;
  /** Shape: letters and digits, new at each call. */
  newId: () => string;
}

/** An answer that can't be one of a model; what it holds stays inside. */
export class AnswerFault extends Error {
  constructor(what: string) {
    super(`The provider's answer ${what}.`);
    this.name = "AnswerFault";
  }
}

/** Where services put what a model thinks: DeepSeek and vLLM, newer vLLM and Ollama, OpenRouter. */
export function thinkingOf(part: Fields): { text: string; signature: string } {
  const details = Array.isArray(part["reasoning_details"]) ? part["reasoning_details"].filter(isFields) : [];
  const texts = details.map((detail) => textOf(detail["text"]) || textOf(detail["summary"])).join("");
  const signature = details.map((detail) => textOf(detail["signature"])).join("");
  return { text: texts || textOf(part["reasoning_content"]) || textOf(part["reasoning"]), signature };
}

/** Text, whether it is a string or parts, as some services give it. */
export function textIn(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content);
  return content.map((part) => (isFields(part) ? textOf(part["text"]) : "")).join("");
}

/** vLLM says which stop sequence was met. */
export const stopStringOf = (choice: Fields, stops: readonly string[]): string | undefined =>
  typeof choice["stop_reason"] === "string" && stops.includes(choice["stop_reason"]) ? choice["stop_reason"] : undefined;

/** OpenRouter's word for an answer that broke off. */
export const isBroken = (finishReason: unknown): boolean => finishReason === "error";

export const refusedDetails = (refusal: string) => ({ type: "refusal" as const, category: null, explanation: refusal === "" ? null : refusal });
