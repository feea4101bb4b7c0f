import type { GenerateContentResponse, Part, UsageMetadata } from "../gemini/types.ts";
import type { Script, SimulatedCall } from "./gemini-simulator.ts";

/** A script without waits. */
type Telling = (call: SimulatedCall) => Generator<GenerateContentResponse, void>;

export const promptTokens = 1_200;
export const cachedTokens = 1_000;

/** Usage as it stands in every chunk: the prompt with its cached part, and what was generated so far. */
const usage = (candidatesTokenCount: number, thoughtsTokenCount: number): UsageMetadata => ({
  promptTokenCount: promptTokens,
  cachedContentTokenCount: cachedTokens,
  candidatesTokenCount,
  thoughtsTokenCount,
  totalTokenCount: promptTokens + candidatesTokenCount + thoughtsTokenCount,
});

interface ChunkMore {
  finishReason?: string;
  candidatesTokens?: number;
  thoughtsTokens?: number;
}

/** One chunk in the shape of a recorded stream. */
export const chunk = (parts: Part[], { finishReason, candidatesTokens = 0, thoughtsTokens = 0 }: ChunkMore = {}): GenerateContentResponse => ({
  candidates: [{ content: { role: "model", parts }, ...(finishReason === undefined ? {} : { finishReason }) }],
  usageMetadata: usage(candidatesTokens, thoughtsTokens),
});

/** Text in pieces; as with the real models the end is a chunk of its own, with an empty text that is signed. */
export const saying = (...texts: string[]): Telling =>
  function* ({ sign }) {
    for (const [index, text] of texts.entries()) yield chunk([{ text }], { candidatesTokens: index + 1, thoughtsTokens: 30 });
    yield chunk([{ text: "", thoughtSignature: sign("thought") }], { finishReason: "STOP", candidatesTokens: texts.length, thoughtsTokens: 30 });
  };

export interface WantedCall {
  name: string;
  args: Record<string, unknown>;
  id?: string;
}

/** A thought where it is asked for, some text, then calls in one turn, of which the first is signed. */
export const calling = (calls: readonly WantedCall[], { thought = "", text = "" } = {}): Telling =>
  function* ({ sign, request }) {
    if (thought !== "" && request.generationConfig?.thinkingConfig?.includeThoughts === true)
      yield chunk([{ text: thought, thought: true }], { thoughtsTokens: 40 });
    if (text !== "") yield chunk([{ text }], { candidatesTokens: 5, thoughtsTokens: 40 });
    const parts = calls.map((functionCall, index): Part => ({ functionCall, ...(index === 0 ? { thoughtSignature: sign(functionCall.name) } : {}) }));
    yield chunk(parts, { candidatesTokens: 20, thoughtsTokens: 40 });
    yield chunk([{ text: "" }], { finishReason: "STOP", candidatesTokens: 20, thoughtsTokens: 40 });
  };

export const textsOf = (parts: readonly { text?: string | undefined }[]): string[] => parts.flatMap(({ text }) => (text === undefined ? [] : [text]));

const writeWish = /\[\[write:([^|\]]+)\|([^\]]*)\]\]/;

/** Plays a model with tools: `[[write:PATH|TEXT]]` anywhere in the user's words calls the tool Write; its result ends the turn. */
export const agent: Script = function* (call) {
  const { contents, tools = [] } = call.request;
  const response = contents.at(-1)?.parts.find(({ functionResponse }) => functionResponse !== undefined)?.functionResponse;
  const wish = contents.flatMap(({ role, parts }) => (role === "user" ? textsOf(parts) : [])).flatMap((text) => writeWish.exec(text) ?? []);
  const writes = tools.some(({ functionDeclarations }) => functionDeclarations.some(({ name }) => name === "Write"));
  const answered = contents.some(({ parts }) => parts.some(({ functionResponse }) => functionResponse !== undefined));
  if (wish.length > 0 && writes && !answered) {
    const args = { file_path: wish[1] ?? "", content: wish[2] ?? "" };
    yield* calling([{ name: "Write", args, id: "call1" }], { thought: "A file is wanted.", text: "[simulated Gemini] I write it." })(call);
    return;
  }
  yield* saying("[simulated Gemini] ", response === undefined ? "hello" : `done: ${JSON.stringify(response.response)}`)(call);
};
