import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { judgeRequest, type SimulatedRequest } from "./openai-rules.ts";

/**
 * A simulation of a service that speaks OpenAI's Chat Completions. It says so in a header, in its fingerprint and in every text. It takes what OpenAI's API
 * takes and nothing else, and answers as directives in the last prompt say:
 * `[[call:Name {"json":1}]]` (several: at once), `[[think:text]]`, `[[say:text]]`, `[[error:status]]`, `[[cut]]`, `[[hang]]`, `[[refuse]]`, `[[length]]`.
 */
export interface OpenAiSimulator {
  /** The base address, as OpenAI's clients want it. */
  url: string;
  key: string;
  /** The bodies that came, oldest first. */
  seen: { body: string; headers: IncomingMessage["headers"]; path: string }[];
  /** Requests that are not answered to their end. */
  open(): number;
  close(): Promise<void>;
}

const key = "sk-of-the-simulation";
export const simulatedUsage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

export async function startOpenAiSimulator({ port = 0, host = "127.0.0.1" } = {}): Promise<OpenAiSimulator> {
  const seen: OpenAiSimulator["seen"] = [];
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    response.once("close", () => (open -= 1));
    response.setHeader("x-simulation", "openai-compatible");
    response.setHeader("x-request-id", `sim-${seen.length}`);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks).toString("utf8");
    seen.push({ body, headers: request.headers, path: request.url ?? "" });
    await answer(request, body, response);
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    key,
    seen,
    open: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer({ method, url, headers }: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
  if (headers.authorization !== `Bearer ${key}`)
    return fail(response, 401, { message: `Incorrect API key provided: ${headers.authorization}`, code: "invalid_api_key" });
  if (method === "GET" && url === "/v1/models") {
    const models = ["simulated-large", "simulated-small"].map((id) => ({ id, object: "model", created: 1_700_000_000, owned_by: "simulation" }));
    return send(response, 200, { object: "list", data: models });
  }
  if (method !== "POST" || url !== "/v1/chat/completions") return fail(response, 404, { message: `Invalid URL (${method} ${url})`, code: null });
  const judged = judgeRequest(body);
  if ("wrong" in judged) return fail(response, 400, { message: judged.wrong, code: null, param: judged.param });
  const prompt = promptOf(judged.request);
  const status = Number(/\[\[error:(\d{3})\]\]/.exec(prompt)?.[1]);
  if (status >= 400) return failAsAsked(response, status);
  if (prompt.includes("[[hang]]")) return;
  if (judged.request.stream === true) return stream(response, judged.request, prompt);
  send(response, 200, whole(judged.request, prompt));
}

const errors: Readonly<Record<number, { message: string; code: string | null; type?: string }>> = {
  400: { message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", code: "context_length_exceeded" },
  402: { message: "You exceeded your current quota of org-secret.", code: "insufficient_quota", type: "insufficient_quota" },
  429: { message: "Rate limit reached for org-secret.", code: "rate_limit_exceeded", type: "tokens" },
};

function failAsAsked(response: ServerResponse, status: number): void {
  if (status === 429) response.setHeader("retry-after", "7");
  fail(response, status === 402 ? 429 : status, errors[status] ?? { message: "It failed inside org-secret.", code: null, type: "server_error" });
}

const fail = (response: ServerResponse, status: number, error: { message: string; code: string | null; param?: string | null; type?: string }): void =>
  send(response, status, { error: { type: "invalid_request_error", param: null, ...error } });

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function promptOf({ messages }: SimulatedRequest): string {
  const last = messages.findLast((each) => each.role === "user" || each.role === "tool");
  if (last === undefined) return "";
  const { content } = last;
  return typeof content === "string" ? content : (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

interface Plan {
  text: string;
  thinking: string;
  calls: { id: string; type: "function"; function: { name: string; arguments: string } }[];
  finishReason: string;
}

function planOf(request: SimulatedRequest, prompt: string): Plan {
  const isResult = request.messages.at(-1)?.role === "tool";
  const turn = request.messages.length;
  const directed = isResult ? [] : [...prompt.matchAll(/\[\[call:([\w-]+) (\{.*?\})\]\]/gs)];
  const asked = request.parallel_tool_calls === false ? directed.slice(0, 1) : directed;
  const calls = asked.map(([, name = "", args = ""], index) => ({
    id: `call_sim_${turn}_${index}`,
    type: "function" as const,
    function: { name, arguments: args },
  }));
  const said = isResult
    ? `The tool answered: ${prompt.slice(0, 2_000)}`
    : (/\[\[say:(.*?)\]\]/s.exec(prompt)?.[1] ?? `${describe(request)} ${prompt.slice(0, 200)}`);
  const text = request.response_format === undefined ? `(simulation) ${said}` : JSON.stringify({ simulation: true });
  return {
    text: calls.length > 0 ? "" : text,
    thinking: /\[\[think:(.*?)\]\]/s.exec(prompt)?.[1] ?? "",
    calls,
    finishReason: calls.length > 0 ? "tool_calls" : prompt.includes("[[length]]") ? "length" : prompt.includes("[[refuse]]") ? "content_filter" : "stop",
  };
}

function describe({ messages }: SimulatedRequest): string {
  const parts = messages.flatMap((each) => (Array.isArray(each.content) ? each.content : []));
  const images = parts.flatMap((part) => (part.type === "image_url" ? [part.image_url.url.slice(0, 22)] : []));
  return images.length === 0 ? "I was told:" : `I see ${images.length} images (${images.join(", ")}) and was told:`;
}

function head(request: SimulatedRequest, object: string) {
  return { id: `chatcmpl-sim${request.messages.length}`, object, created: 1_700_000_000, model: request.model, system_fingerprint: "simulation" };
}

function whole(request: SimulatedRequest, prompt: string): object {
  const { text, thinking, calls, finishReason } = planOf(request, prompt);
  const message = {
    role: "assistant",
    content: calls.length > 0 ? null : text,
    refusal: null,
    ...(thinking === "" ? {} : { reasoning_content: thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const choices = Array.from({ length: request.n ?? 1 }, (_none, index) => ({ index, message, logprobs: null, finish_reason: finishReason }));
  return { ...head(request, "chat.completion"), choices, usage: simulatedUsage };
}

/** Arguments and texts come in small pieces, as from a model. */
async function stream(response: ServerResponse, request: SimulatedRequest, prompt: string): Promise<void> {
  const plan = planOf(request, prompt);
  const wantsUsage = request.stream_options?.include_usage === true;
  response.writeHead(200, { "content-type": "text/event-stream" });
  const write = (choices: object[], usage: object | null = null) =>
    response.write(`data: ${JSON.stringify({ ...head(request, "chat.completion.chunk"), choices, ...(wantsUsage ? { usage } : {}) })}\n\n`);
  const say = (delta: object, finish_reason: string | null = null) => write([{ index: 0, delta, logprobs: null, finish_reason }]);
  response.write(": simulation\n\n");
  say({ role: "assistant", content: "" });
  for (const piece of pieces(plan.thinking)) say({ reasoning_content: piece });
  for (const [index, piece] of pieces(plan.text).entries()) {
    if (index === 2 && prompt.includes("[[cut]]")) return void response.destroy();
    if (index === 2 && prompt.includes("[[break]]"))
      return void response.end(`data: ${JSON.stringify({ error: { message: "org-secret failed", code: 502 } })}\n\n`);
    say({ content: piece });
    await delay(1);
  }
  for (const [index, call] of plan.calls.entries()) {
    say({ tool_calls: [{ index, id: call.id, type: "function", function: { name: call.function.name, arguments: "" } }] });
    for (const piece of pieces(call.function.arguments)) say({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  say({}, plan.finishReason);
  if (wantsUsage) write([], simulatedUsage);
  response.end("data: [DONE]\n\n");
}

const pieces = (text: string): string[] => text.match(/[\s\S]{1,9}/gu) ?? [];
