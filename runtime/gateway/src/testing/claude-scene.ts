import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import OpenAI from "openai";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { answering, event, startGateway, streamHeaders, upstreamKey, type TestGateway } from "./fixtures.ts";

/** A gateway in front of a scripted Anthropic, with the official client of OpenAI before it. */
export interface ClaudeScene {
  upstream: ScriptedUpstream;
  gateway: TestGateway;
  key: string;
  client: OpenAI;
  /** The newest request that came to Anthropic. */
  last(): { url: string; headers: IncomingHttpHeaders; body: Record<string, unknown> };
  script(answer: (response: ServerResponse) => void): void;
  json(body: object, status?: number, headers?: Record<string, string>): void;
  events(...all: string[]): void;
  /** Does `work` before a gateway of its own, whose circuits a fault may open without harm to other tests. */
  onFreshGateway(work: (client: OpenAI) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The refusal that a call of the official client must end with. */
export async function refusalOf(asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await asked;
  } catch (thrown) {
    if (thrown instanceof OpenAI.APIError) return thrown;
    throw thrown;
  }
  throw new Error("It was not refused.");
}

export async function openClaudeScene(more: Record<string, string> = {}): Promise<ClaudeScene> {
  const upstream = await startUpstream();
  const environment = { ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: upstream.url, ...more };
  const gateway = await startGateway(environment);
  const { key } = await gateway.mint();
  const clientOf = ({ url }: TestGateway) => new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  let last: ReturnType<ClaudeScene["last"]> = { url: "", headers: {}, body: {} };
  const script: ClaudeScene["script"] = (answer) =>
    upstream.answer(
      answering((response, body, { url = "", headers }) => {
        last = { url, headers, body: JSON.parse(body.toString("utf8")) as Record<string, unknown> };
        answer(response);
      }),
    );
  return {
    upstream,
    gateway,
    key,
    client: clientOf(gateway),
    last: () => last,
    script,
    json: (body, status = 200, headers = {}) =>
      script((response) => response.writeHead(status, { "content-type": "application/json", "request-id": "req_up", ...headers }).end(JSON.stringify(body))),
    events: (...all) => script((response) => response.writeHead(200, streamHeaders).end(all.join(""))),
    async onFreshGateway(work) {
      const fresh = await startGateway(environment, gateway.databaseUrl);
      try {
        await work(clientOf(fresh));
      } finally {
        await fresh.close();
      }
    },
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}

const usage = {
  input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 7,
  output_tokens: 30,
  output_tokens_details: { thinking_tokens: 12 },
};

/** An answer of Anthropic's. */
export const message = (content: object[], more: object = {}) => ({
  id: "msg_01abc",
  type: "message",
  role: "assistant",
  model: "claude-opus-5-5",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage,
  ...more,
});

/** The events of a stream: its start, one block, its end. */
export const started = event("message_start", { message: message([], { stop_reason: null, usage: { ...usage, output_tokens: 1 } }) });
export const block = (index: number, content_block: object, ...deltas: object[]): string =>
  event("content_block_start", { index, content_block }) +
  deltas.map((delta) => event("content_block_delta", { index, delta })).join("") +
  event("content_block_stop", { index });
export const ended = (stop_reason: string, more: object = {}): string =>
  event("message_delta", { delta: { stop_reason, ...more }, usage: { output_tokens: 30, output_tokens_details: { thinking_tokens: 12 } } }) +
  event("message_stop");
