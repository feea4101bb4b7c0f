import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A simulation of GitHub's sign-in, its token exchange and Copilot's API, in one server; it says so in a header and in every answer. */
export interface CopilotSimulator {
  url: string;
  githubToken: string;
  /** How many Copilot tokens were given. */
  exchanges(): number;
  /** Lets the sign-in succeed. */
  agree(): void;
  /** Takes the owner's token back. */
  revoke(): void;
  seen: { path: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

const json = (response: ServerResponse, status: number, body: object) =>
  void response.writeHead(status, { "content-type": "application/json", "x-simulation": "copilot", "x-request-id": "sim-1" }).end(JSON.stringify(body));

interface CopilotOptions {
  /** Units: seconds. How long a Copilot token holds, and after how long it should be renewed. */
  holdsSeconds?: number;
  refreshInSeconds?: number;
  /** The origin of whoever answers what the Messages endpoint takes, instead of a fixed greeting. */
  messagesFrom?: string;
}

export async function startCopilotSimulator({ holdsSeconds = 1_800, refreshInSeconds = 1_500, messagesFrom }: CopilotOptions = {}): Promise<CopilotSimulator> {
  const githubToken = "gho_of-the-simulation";
  const seen: CopilotSimulator["seen"] = [];
  const state = { exchanges: 0, hasAgreed: false, isRevoked: false };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown>;
    const path = request.url ?? "";
    const { headers } = request;
    seen.push({ path, headers, body });
    if (path === "/login/device/code")
      return json(response, 200, {
        device_code: "dev-1",
        user_code: "ABCD-1234",
        verification_uri: "https://github.com/login/device",
        expires_in: 900,
        interval: 5,
      });
    if (path === "/login/oauth/access_token") {
      if (body["device_code"] !== "dev-1") return json(response, 200, { error: "incorrect_device_code" });
      return json(response, 200, state.hasAgreed ? { access_token: githubToken, token_type: "bearer" } : { error: "authorization_pending" });
    }
    if (path === "/copilot_internal/v2/token") {
      if (headers.authorization !== `token ${githubToken}` || state.isRevoked) return json(response, 401, { message: "Bad credentials" });
      state.exchanges += 1;
      return json(response, 200, { token: `cop-${state.exchanges}`, expires_at: Math.floor(Date.now() / 1_000) + holdsSeconds, refresh_in: refreshInSeconds });
    }
    if (headers.authorization?.startsWith("Bearer cop-") !== true) return json(response, 401, { error: { message: "unauthorized" } });
    if (path === "/v1/messages") return refuses(response, body) || (await answer(response, body, messagesFrom));
    if (path === "/models") return json(response, 200, { object: "list", data: modelsOffered });
    if (path === "/chat/completions") return json(response, 200, completion(String(body["model"])));
    return json(response, 404, { error: { message: `no ${path}` } });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    githubToken,
    exchanges: () => state.exchanges,
    agree: () => void (state.hasAgreed = true),
    revoke: () => void (state.isRevoked = true),
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As the real one: some of Anthropic's fields are refused. */
function refuses(response: ServerResponse, body: Record<string, unknown>): boolean {
  const text = JSON.stringify(body);
  const refused = ["context_management", "defer_loading", "tool_reference", "budget_tokens"].find((field) => text.includes(`"${field}"`));
  if (refused === undefined) return false;
  json(response, 400, { type: "error", error: { type: "invalid_request_error", message: `${refused}: Extra inputs are not permitted` } });
  return true;
}

async function answer(response: ServerResponse, body: Record<string, unknown>, from: string | undefined): Promise<void> {
  if (from === undefined) return json(response, 200, greeting(String(body["model"])));
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const headers = { "content-type": "application/json" };
    const answered = await fetch(`${from}/v1/messages`, { method: "POST", headers, body: JSON.stringify(body), signal: gone.signal });
    response.writeHead(answered.status, { "content-type": answered.headers.get("content-type") ?? "application/json", "x-simulation": "copilot" });
    for await (const chunk of answered.body ?? []) response.write(chunk);
    response.end();
  } catch {
    response.destroy();
  }
}

const modelsOffered = [
  {
    id: "claude-opus-5-5",
    object: "model",
    name: "Claude Opus 5.5",
    vendor: "Anthropic",
    version: "claude-opus-5-5",
    preview: false,
    model_picker_enabled: true,
  },
  { id: "gpt-6", object: "model", name: "GPT-6", vendor: "Azure OpenAI", version: "gpt-6", preview: false, model_picker_enabled: true },
];

const greeting = (model: string) => ({
  id: "msg_sim",
  type: "message",
  role: "assistant",
  model,
  content: [{ type: "text", text: "(simulation) hello" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 2 },
});

const completion = (model: string) => ({
  id: "chatcmpl-sim",
  object: "chat.completion",
  model,
  choices: [{ index: 0, message: { role: "assistant", content: "(simulation) hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 2 },
});
