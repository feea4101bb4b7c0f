import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { answering, event, streamHeaders, wholeStream } from "../testing/fixtures.ts";

const cli = join(import.meta.dirname, "../../../../infra/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "gateway-alone-"));
const data = join(folder, "data dir");
const config = join(folder, "gateway.yaml");
/** A database is made within some seconds, or many on a busy machine. */
const patient = { timeoutMs: 90_000 };
const running: ChildProcess[] = [];
let upstream: ScriptedUpstream;

beforeAll(async () => {
  const usage = { input_tokens: 100, output_tokens: 1 };
  const start = event("message_start", { message: { id: "msg_1", type: "message", role: "assistant", model: "claude-opus-5-5", content: [], usage } });
  upstream = await startUpstream(answering((response) => void response.writeHead(200, streamHeaders).end(wholeStream.with(0, start).join(""))));
  writeFileSync(config, JSON.stringify({ providers: [{ name: "scripted", kind: "anthropic", baseUrl: upstream.url, keys: [{ env: "SCRIPTED_KEY" }] }] }));
});
afterAll(async () => {
  // Their gateways go with them.
  for (const child of running) child.kill("SIGKILL");
  await upstream.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Command {
  child: ChildProcess;
  said: () => string;
  /** Shape: the exit code. */
  ended: Promise<number | null>;
  ready: () => Promise<{ url: string; key: string }>;
}

/** The command as a person gives it, in a shell with settings of other programs. */
function freehold(...argv: string[]): Command {
  const env = { PATH: process.env["PATH"], HOME: folder, SCRIPTED_KEY: "sk-of-the-provider", DATABASE_URL: "postgres://127.0.0.1:1/other", PORT: "1" };
  const child = spawn(process.execPath, [cli, "gateway", "--port", "0", ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = () =>
    until(
      `the gateway to be ready, which said: ${said}`,
      () => {
        const [, url, key] = /ANTHROPIC_BASE_URL=(\S+) ANTHROPIC_AUTH_TOKEN=(\S+) claude/.exec(said) ?? [];
        return said.includes("Another key") && url !== undefined && key !== undefined && { url, key };
      },
      patient,
    );
  return { child, said: () => said, ended, ready };
}

async function ask({ url, key }: { url: string; key: string }, content = "hi"): Promise<string> {
  const client = new Anthropic({ baseURL: url, apiKey: null, authToken: key, maxRetries: 0 });
  const message = await client.messages.stream({ model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content }] }).finalMessage();
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

const tokenFile = join(data, "admin-token");
async function admin(url: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/admin${path}`, {
    headers: { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}
const holder = () => Number(readFileSync(join(data, "process-id"), "utf8"));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("keys and books outlive a gateway that is killed, its folder is for one process, and it goes when its command goes", async () => {
  const answer = "an error in message_stop, it says\n\n";
  const first = freehold("--config", config, "--data", data);
  const { url, key } = await first.ready();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask({ url, key })).toBe(answer);
  expect(upstream.seen[0]?.headers["x-api-key"]).toBe("sk-of-the-provider");
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const made = await admin(url, "/keys", { name: "second", limits: { requestsPerMinute: 1 } });
  expect(await ask({ url, key: made["key"] as string })).toBe(answer);
  const before = await admin(url, "/usage");
  expect(before).toMatchObject({ requests: 2, outputTokens: 100, providers: ["scripted"] });

  const second = freehold("--config", config, "--data", data);
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain(`The folder ${data} is in use by another process (${holder()}). Stop that one, or name another folder.`);

  process.kill(holder(), "SIGKILL");
  expect(await first.ended).toBe(1);
  const again = freehold("--config", config, "--data", data);
  const { url: newUrl, key: hidden } = await again.ready();
  expect(hidden).toBe("fh_…");
  expect(again.said()).not.toContain(key);
  expect(await admin(newUrl, "/usage")).toEqual(before);
  expect(await ask({ url: newUrl, key }, "again")).toBe(answer);
  expect(await admin(newUrl, "/usage")).toMatchObject({ requests: 3 });

  const gateway = holder();
  again.child.kill("SIGKILL");
  await until("the gateway to go with its command", () => !isAlive(gateway), { timeoutMs: 15_000 });
}, 300_000);

test("a rehearsal in memory needs nothing, answers, and ends in order at Ctrl-C, also when it comes twice", async () => {
  const command = freehold("--rehearsal", "--memory");
  const { url, key } = await command.ready();
  expect(command.said()).toContain("are in memory");
  expect(await ask({ url, key }, "hello")).toContain("rehearsal");
  const [, token] = /Bearer (\S+)"/.exec(command.said()) ?? [];
  const keys = await fetch(`${url}/admin/keys`, { headers: { authorization: `Bearer ${token}` } });
  expect(await keys.json()).toMatchObject({ keys: [{ name: "first" }] });
  command.child.kill("SIGINT");
  command.child.kill("SIGINT");
  expect(await command.ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
}, 120_000);

test("a document that is wrong is refused with the place in it, the cause and the cure, and so is a gateway without providers", async () => {
  const wrong = join(folder, "wrong.yaml");
  writeFileSync(wrong, "providers:\n  - { name: anthropic, kind: anthropic, baseUrl: nonsense }\n");
  const bad = freehold("--config", wrong, "--memory");
  expect(await bad.ended).toBe(1);
  expect(bad.said()).toContain("providers.0.baseUrl: must be an http or https address");
  expect(bad.said()).toContain(`What to do: Mend ${wrong}`);
  const absent = freehold("--config", join(folder, "absent.yaml"), "--memory");
  expect(await absent.ended).toBe(1);
  expect(absent.said()).toContain(`names ${join(folder, "absent.yaml")}, which can't be read: ENOENT`);
  const empty = freehold("--memory");
  expect(await empty.ended).toBe(1);
  expect(empty.said()).toContain("No provider is configured");
  for (const command of [bad, absent, empty]) expect(command.said()).not.toMatch(/\n {4}at /);
}, 60_000);
