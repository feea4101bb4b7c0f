// The MCP server by which Claude Code asks the job's owner before it uses a tool. Usage: node ask-owner.mjs <folder for requests> <folder of answers>
//
// A request is a file that the worker looks for, an answer a file that only the worker can write, so that neither needs the other to be alive. Whatever
// goes wrong is a denial. Three methods of one protocol are spoken here: an SDK with a web server of its own would be a thousand times as much code.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const [requests, answers] = process.argv.slice(2);
const lookEveryMs = 200;
const largestBytes = 1_048_576;
const cancelled = new Set();

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const denial = (message) => ({ behavior: "deny", message });

async function ask(input, isCancelled) {
  const request = JSON.stringify({ toolUseId: String(input.tool_use_id ?? ""), tool: String(input.tool_name), input: input.input ?? {} });
  if (Buffer.byteLength(request) > largestBytes)
    return denial("The owner could not be asked: what the tool was to be given is too large to be shown. Use smaller pieces.");
  const id = randomUUID();
  await store(id, request);
  const sha256 = createHash("sha256").update(request).digest("hex");
  for (;;) {
    const answer = await answerTo(id);
    if (answer === undefined && isCancelled()) return denial("The question was taken back.");
    if (answer === undefined) await delay(lookEveryMs);
    else if (answer.sha256 !== sha256) return denial("The owner answered another question than this one.");
    else return answer.behavior === "allow" ? { behavior: "allow", updatedInput: input.input ?? {} } : denial(answer.message);
  }
}

async function store(id, request) {
  await mkdir(requests, { recursive: true });
  const temporary = join(requests, `${id}.tmp`);
  const file = await open(temporary, "wx", 0o644);
  try {
    await file.writeFile(request);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(requests, `${id}.json`));
}

/** Undefined until the answer is there; the worker moves it there whole. */
async function answerTo(id) {
  const text = await readFile(join(answers, `${id}.json`), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

const tool = {
  name: "ask",
  description: "Asks the job's owner whether a tool may be used.",
  inputSchema: {
    type: "object",
    properties: { tool_name: { type: "string" }, input: { type: "object" }, tool_use_id: { type: "string" } },
    required: ["tool_name", "input"],
  },
};

async function handle({ id, method, params }) {
  if (method === "notifications/cancelled") cancelled.add(params?.requestId);
  if (id === undefined) return;
  if (method === "initialize")
    return say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "freehold", version: "1" } } });
  if (method === "ping") return say({ id, result: {} });
  if (method === "tools/list") return say({ id, result: { tools: [tool] } });
  if (method !== "tools/call") return say({ id, error: { code: -32_601, message: `There is no method ${method}.` } });
  const decision = await ask(params.arguments, () => cancelled.has(id)).catch((error) => denial(`The owner could not be asked: ${error.message}`));
  say({ id, result: { content: [{ type: "text", text: JSON.stringify(decision) }] } });
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void handle(JSON.parse(line)));
lines.on("close", () => process.exit(0));
