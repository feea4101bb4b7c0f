import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { startFaultyUpstream, textOf, type Fault, type FaultyUpstream } from "./testing/faulty-upstream.ts";
import { adminToken, startGateway, streamHeaders, type TestGateway } from "./testing/fixtures.ts";

let upstream: FaultyUpstream;
/** A second gateway on the same database, which lives through it all. */
let other: TestGateway;
let key: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  upstream = await startFaultyUpstream("one");
  other = await startGateway({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url });
  ({ key } = await other.mint());
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await other.close();
  await upstream.close();
});

/** The gateway as it is really started, on a port of its own. */
async function start(): Promise<{ url: string; child: ChildProcess }> {
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: other.databaseUrl,
    GATEWAY_ADMIN_TOKEN: adminToken,
    ANTHROPIC_API_KEY: "k",
    ANTHROPIC_BASE_URL: upstream.url,
    CACHE_SECONDS: "0",
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const port = await until("the gateway to listen", () => /"port":(\d+)/.exec(said)?.[1]);
  return { url: `http://127.0.0.1:${port}`, child };
}

const ask = (url: string, session: string) =>
  fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "x-claude-code-session-id": session },
    body: JSON.stringify({ model: "claude-opus-5-5", stream: true, messages: [] }),
  });
const rowsOf = async (session: string) => (await other.db.query("select outcome from requests where session_id = $1", [session])).rows;

test("a gateway that is killed in the middle of a stream frees the provider, passes nothing off as a success, and books nothing twice", async () => {
  const endless: Fault = ({ response, events }) => void response.writeHead(200, streamHeaders).write(events.slice(0, 3).join(""));
  for (const round of [1, 2, 3]) {
    const { url, child } = await start();
    const whole = await (await ask(url, `whole-${round}`)).text();
    await until("the booking of the whole answer", async () => (await rowsOf(`whole-${round}`)).length === 1);
    upstream.plan = [endless];
    const cut = await ask(url, `cut-${round}`);
    expect(upstream.open()).toBe(1);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await expect(cut.text()).rejects.toThrow("terminated");
    await exited;
    await until("the provider to be freed", () => upstream.open() === 0, { timeoutMs: 1_000, everyMs: 5 });
    // The repeat goes to a gateway that is there.
    expect(await (await ask(other.url, `repeat-${round}`)).text()).toBe(whole);
    await other.usageOf();
    expect([await rowsOf(`whole-${round}`), await rowsOf(`repeat-${round}`)]).toEqual([[{ outcome: "completed" }], [{ outcome: "completed" }]]);
    expect(await rowsOf(`cut-${round}`)).toEqual([]);
    expect(whole).toContain(textOf("one").slice(0, 9));
  }
}, 60_000);
