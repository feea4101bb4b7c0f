// A gateway and its model in one file, run by Node inside a container of the jobs' networks: it does what the prompt's directives say.
//   [[write:/path|text]]  calls the tool Write      [[bash:command]]  calls the tool Bash      [[status:529]]  answers with that error, always
// Each directive is one turn; after the last one the model says "done". Keys and usage are those of the gateway's admin API.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Message {
  role: string;
  content: string | { type: string; text?: string }[];
}

const keys = new Map<string, { id: string; key: string; jobId: string; revoked: boolean }>();
let requests = 0;

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://gateway");
  const body = await textOf(request);
  if (pathname === "/admin/keys" && request.method === "POST") return mint(response, JSON.parse(body) as { jobId: string });
  if (pathname.startsWith("/admin/keys/")) return revoke(response, pathname.split("/").at(-1) ?? "");
  if (pathname === "/admin/keys") return json(response, 200, [...keys.values()]);
  if (pathname === "/admin/usage")
    return json(response, 200, {
      requests,
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      costUsd: 0.25,
      asked: searchParams.get("jobId"),
    });
  if (pathname === "/admin/providers") return json(response, 200, { active: "rehearsal", providers: [] });
  if (pathname !== "/v1/messages") return json(response, 404, { type: "error", error: { type: "not_found_error", message: "not here" } });
  const key = request.headers.authorization?.slice("Bearer ".length) ?? "";
  if (![...keys.values()].some((one) => one.key === key && !one.revoked))
    return json(response, 401, { type: "error", error: { type: "authentication_error", message: "revoked" } });
  requests += 1;
  return answer(response, (JSON.parse(body) as { messages: Message[] }).messages);
}).listen(Number(process.env["PORT"] ?? 4010));

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "x-should-retry": "false" }).end(JSON.stringify(body));
}

function mint(response: ServerResponse, { jobId }: { jobId: string }): void {
  const id = `key-${keys.size + 1}`;
  keys.set(id, { id, key: `fh_${id}`, jobId, revoked: false });
  json(response, 201, keys.get(id));
}

function revoke(response: ServerResponse, id: string): void {
  const found = keys.get(id);
  if (found !== undefined) found.revoked = true;
  response.writeHead(204).end();
}

/** The turn is known by the number of tool results that came back since the directives were given. */
function answer(response: ServerResponse, messages: Message[]): void {
  const parts = messages.flatMap((message) => (typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content));
  const directives = parts.flatMap((part) => [...(part.text ?? "").matchAll(/\[\[(write|bash|status):([^\]]*)\]\]/g)]);
  const directive = directives[parts.filter((part) => part.type === "tool_result").length];
  const [, verb, value = ""] = directive ?? [];
  if (verb === "status") return json(response, Number(value), { type: "error", error: { type: "api_error", message: `scripted ${value}` } });
  const block =
    verb === undefined ? { type: "text", text: "" } : { type: "tool_use", id: `toolu_${requests}`, name: verb === "write" ? "Write" : "Bash", input: {} };
  const [path, content] = value.split("|");
  const input = verb === "write" ? { file_path: path, content } : { command: value, description: "scripted" };
  const delta = verb === undefined ? { type: "text_delta", text: "done" } : { type: "input_json_delta", partial_json: JSON.stringify(input) };
  stream(response, block, delta, verb === undefined ? "end_turn" : "tool_use");
}

function stream(response: ServerResponse, block: object, delta: object, stop: string): void {
  const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = { id: `msg_${requests}`, type: "message", role: "assistant", model: "scripted", content: [], stop_reason: null, stop_sequence: null, usage };
  const events = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
}
