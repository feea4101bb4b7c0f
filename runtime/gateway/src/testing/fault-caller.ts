import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import { expect } from "@jest/globals";
import OpenAI, { APIConnectionError as OpenAiConnectionError, APIError as OpenAiApiError, APIUserAbortError as OpenAiUserAbortError } from "openai";
import { textOf } from "./faulty-upstream.ts";

/** What a real client made of an answer. `broken`: a stream that ended without saying so. */
export type Told =
  | { kind: "success"; text: string; provider: string }
  | { kind: "left" }
  | { kind: "broken" }
  | { kind: "error"; status: number | undefined; headers: Headers | undefined; said: unknown };

export interface Question {
  session: string;
  dialect: "anthropic" | "openai";
  streams: boolean;
  signal: AbortSignal;
}

export interface Door {
  url: string;
  key: string;
}

/** No client tries again by itself, and none waits longer than this. Units: milliseconds. */
const patience = { maxRetries: 0, timeout: 15_000 };
const model = "claude-opus-5-5";

/** Asks as Anthropic's or OpenAI's own client does. Throws: what the client threw, if the gateway gave it no answer at all. */
export async function ask(door: Door, question: Question): Promise<Told> {
  try {
    const told = await (question.dialect === "anthropic" ? askMessages(door, question) : askChat(door, question));
    // The clients end their iteration in silence when they are aborted.
    return told ?? { kind: question.signal.aborted ? "left" : "broken" };
  } catch (thrown) {
    return toldBy(thrown);
  }
}

const messagesOf = (session: string) => [{ role: "user" as const, content: `call ${session}.` }];
const optionsOf = ({ session, signal }: Question) => ({ headers: { "x-claude-code-session-id": session }, signal });
const providerOf = ({ headers }: Response): string => headers.get("x-freehold-provider") ?? "";

async function askMessages({ url, key }: Door, question: Question): Promise<Told | undefined> {
  const { messages } = new Anthropic({ apiKey: key, baseURL: url, ...patience });
  const params = { model, max_tokens: 100, messages: messagesOf(question.session) };
  if (!question.streams) {
    const { data, response } = await messages.create(params, optionsOf(question)).withResponse();
    return { kind: "success", text: data.content.map((block) => (block.type === "text" ? block.text : "")).join(""), provider: providerOf(response) };
  }
  const { data, response } = await messages.create({ ...params, stream: true }, optionsOf(question)).withResponse();
  let text = "";
  for await (const event of data) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    // Only this is an end.
    if (event.type === "message_stop") return { kind: "success", text, provider: providerOf(response) };
  }
  return undefined;
}

async function askChat({ url, key }: Door, question: Question): Promise<Told | undefined> {
  const { completions } = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, ...patience }).chat;
  const params = { model, max_completion_tokens: 100, messages: messagesOf(question.session) };
  if (!question.streams) {
    const { data, response } = await completions.create(params, optionsOf(question)).withResponse();
    return { kind: "success", text: data.choices[0]?.message.content ?? "", provider: providerOf(response) };
  }
  const { data, response } = await completions.create({ ...params, stream: true }, optionsOf(question)).withResponse();
  let text = "";
  let isWhole = false;
  for await (const { choices } of data) {
    text += choices[0]?.delta.content ?? "";
    isWhole ||= choices[0]?.finish_reason === "stop";
  }
  return isWhole ? { kind: "success", text, provider: providerOf(response) } : undefined;
}

function toldBy(thrown: unknown): Told {
  if (thrown instanceof APIUserAbortError || thrown instanceof OpenAiUserAbortError) return { kind: "left" };
  if (thrown instanceof Error && thrown.name === "AbortError") return { kind: "left" };
  if (thrown instanceof APIConnectionError || thrown instanceof OpenAiConnectionError) throw thrown;
  if (thrown instanceof APIError) return { kind: "error", status: thrown.status, headers: thrown.headers, said: thrown.error };
  if (thrown instanceof OpenAiApiError) return { kind: "error", status: thrown.status, headers: thrown.headers, said: { error: thrown.error } };
  throw thrown;
}

const shapes = {
  anthropic: { type: "error", error: { type: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\S/) } },
  openai: { error: { type: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\S/), param: null } },
};

/** What an answer must be like, whatever the providers did. */
export function expectTold(told: Told, dialect: Question["dialect"], providers: readonly string[]): void {
  // A stream always ends with its dialect's end or with an error.
  expect(told.kind).not.toBe("broken");
  if (told.kind === "error") expectClean(told, dialect);
  // The head of a stream may have gone out, with pings, before it was known who would answer.
  if (told.kind === "success") expect(told.provider === "" ? providers.map(textOf) : [textOf(told.provider)]).toContain(told.text);
}

/** What an error of any status must be like; one within a stream has none. */
function expectClean({ status, headers, said }: Told & { kind: "error" }, dialect: Question["dialect"]): void {
  expect(said).toMatchObject(shapes[dialect]);
  expect(JSON.stringify(said)).not.toMatch(/acme-corp|127\.0\.0\.1|invalid:|\.ts:/);
  expect((said as { error: { type: string } }).error.type).not.toBe("overloaded_error");
  if (status === undefined) return;
  expect([400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504]).toContain(status);
  expect(headers?.get(dialect === "anthropic" ? "request-id" : "x-request-id")).toMatch(/^req_/);
  const givesUp = headers?.get("x-should-retry") === "false";
  const wait = Number(headers?.get("retry-after") ?? Number.NaN);
  if ([401, 402, 403].includes(status)) expect(givesUp).toBe(true);
  if (status === 429 || status >= 500) expect(givesUp || (wait >= 1 && wait <= 60)).toBe(true);
}
