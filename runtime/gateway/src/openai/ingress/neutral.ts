import { untranslatable } from "../wire/fault.ts";
import { maybe } from "../wire/fields.ts";
import type { Fields } from "../wire/fields.ts";
import { z } from "zod";
import type { Notes } from "./notes.ts";

interface Row {
  /** Whether a value asks for nothing that would be lost. */
  asksNothing: (value: unknown) => boolean;
  why: string;
}

const only =
  (...values: unknown[]): Row["asksNothing"] =>
  (value) =>
    values.includes(value);
const isEmptyObject = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;
const row = (why: string, ...values: unknown[]): Row => ({ why, asksNothing: only(...values) });
const no = "Claude can't do that";

/** Fields that both of OpenAI's APIs have and Anthropic's has not; each with the values that ask for nothing. */
const shared: Readonly<Record<string, Row>> = {
  top_logprobs: row(`there are no probabilities to be had; ${no}`, 0),
  service_tier: row("the home's own account decides; leave it out", "auto", "default"),
  store: row("nothing is stored here; send false", false),
  moderation: row(no),
};

/** Source: openai 7.57.0, ChatCompletionCreateParamsBase (2026-11). */
export const chatRows: Readonly<Record<string, Row>> = {
  ...shared,
  n: row("one answer is given; ask again for more", 1),
  logprobs: row(`there are no probabilities to be had; ${no}`, false),
  logit_bias: { why: no, asksNothing: isEmptyObject },
  frequency_penalty: row(no, 0),
  presence_penalty: row(no, 0),
  seed: row("no answer can be repeated by a seed"),
  audio: row("answers are text"),
  modalities: { why: "answers are text", asksNothing: (value) => Array.isArray(value) && value.every((each) => each === "text") },
  prediction: row(no),
  functions: row("is of an older API; use tools"),
  function_call: row("is of an older API; use tool_choice"),
  web_search_options: row("offer a search of your own as a function"),
  verbosity: row("say in words how long an answer should be", "medium"),
};

/** Source: openai 7.57.0, ResponseCreateParamsBase (2026-11). */
export const responsesRows: Readonly<Record<string, Row>> = {
  ...shared,
  previous_response_id: row("nothing is stored here; send the whole conversation as input"),
  conversation: row("nothing is stored here; send the whole conversation as input"),
  background: row("nothing is stored here, so that an answer could not be fetched later", false),
  prompt: row("no prompts are stored here; send instructions and input"),
  truncation: row("a conversation that is too long is refused, not shortened", "disabled"),
  context_management: { why: "a conversation is not shortened here", asksNothing: (value) => Array.isArray(value) && value.length === 0 },
  access_programs: row(no),
  image: row("answers are text"),
};

/** Harmless without effect: what only OpenAI's own accounts, stores and caches would read. */
const harmless = ["metadata", "prompt_cache_retention", "prompt_cache_options", "max_tool_calls"];

/** The schema's entries for these fields: any value, judged by `judgeFields`. */
export const judged = (rows: Readonly<Record<string, Row>>) =>
  Object.fromEntries([...Object.keys(rows), ...harmless].map((name) => [name, maybe(z.unknown())]));

/** Throws: TranslationFault that names the first field which asks for what Anthropic's API can't say. */
export function judgeFields(rows: Readonly<Record<string, Row>>, request: Fields, notes: Notes): void {
  for (const [name, { asksNothing, why }] of Object.entries(rows)) {
    const value = request[name];
    if (value !== undefined && value !== null && !asksNothing(value)) throw untranslatable(name, why);
  }
  for (const name of harmless) if (request[name] !== undefined && request[name] !== null) notes.ignored.add(name);
}
