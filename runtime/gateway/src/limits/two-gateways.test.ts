import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { startValkey, type TestValkey } from "../../../../tests/support/valkey.ts";
import { until } from "../../../../tests/support/until.ts";
import { adminToken, answering, startGateway, wholeMessage, type TestGateway } from "../testing/fixtures.ts";

let upstream: ScriptedUpstream;
let valkey: TestValkey;
/** On the same database, to make keys and read the books. */
let admin: TestGateway;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  upstream = await startUpstream();
  valkey = await startValkey();
  admin = await startGateway({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url });
}, 60_000);
afterAll(async () => {
  await admin.close();
  await upstream.close();
  await valkey.remove();
});
afterEach(async () => {
  for (const child of running) await end(child, "SIGKILL");
});

interface Running {
  url: string;
  child: ChildProcess;
  said(): string;
}

/** The gateway as it is really started, in a process of its own. */
async function start(): Promise<Running> {
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: admin.databaseUrl,
    GATEWAY_ADMIN_TOKEN: adminToken,
    ANTHROPIC_API_KEY: "k",
    ANTHROPIC_BASE_URL: upstream.url,
    VALKEY_URL: valkey.url,
    LIMIT_LEASE_MS: "1500",
    LIMIT_WAIT_MS: "0",
    CACHE_SECONDS: "0",
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const port = await until("the gateway to listen", () => /"port":(\d+)/.exec(said)?.[1]);
  return { url: `http://127.0.0.1:${port}`, child, said: () => said };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

const ask = async (url: string, key: string, more: object = {}) => {
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 10, messages: [], ...more }),
  });
  await response.text();
  return response.status;
};
const fifty = async ([one, other]: [Running, Running], key: string, more: object = {}) => {
  const statuses = await Promise.all(Array.from({ length: 50 }, (_, index) => ask((index % 2 === 0 ? one : other).url, key, more)));
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
  return statuses.filter((status) => status === 200).length;
};
const answerWith = (usage: object) =>
  upstream.answer(
    answering((response) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...wholeMessage, usage }))),
  );

test("50 callers at two gateways get exactly what a key may have: requests, tokens, and money", async () => {
  answerWith({ input_tokens: 1_000, output_tokens: 0 });
  const both: [Running, Running] = [await start(), await start()];
  const requests = await admin.mint({ limits: { requestsPerMinute: 23 } });
  expect(await fifty(both, requests.key)).toBe(23);
  const tokens = await admin.mint({ limits: { outputTokensPerMinute: 1_000 } });
  answerWith({ input_tokens: 1, output_tokens: 100 });
  expect(await fifty(both, tokens.key, { max_tokens: 100 })).toBe(10);
  // 1,000 input tokens at $4 a million are 0.4 cents.
  answerWith({ input_tokens: 1_000, output_tokens: 0 });
  const money = await admin.mint({ budget: { dayUsd: 0.05 } });
  const each = { max_tokens: 1, system: "x".repeat(3_900) };
  await fifty(both, money.key, each);
  await fifty(both, money.key, each);
  await until("the books", async () => {
    const { use } = (await (await admin.admin(`/admin/keys/${money.id}`)).json()) as { use: { dayUsd: number } };
    return use.dayUsd > 0.047 && use.dayUsd <= 0.05;
  });
}, 60_000);

test("limits hold across a restart, whether it was orderly or not", async () => {
  answerWith({ input_tokens: 1, output_tokens: 1 });
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const { key } = await admin.mint({ limits: { requestsPerMinute: 5 } });
    const first = await start();
    expect([await ask(first.url, key), await ask(first.url, key), await ask(first.url, key)]).toEqual([200, 200, 200]);
    await end(first.child, signal);
    const second = await start();
    expect([await ask(second.url, key), await ask(second.url, key), await ask(second.url, key)]).toEqual([200, 200, 429]);
  }
}, 60_000);

test("what a killed gateway was running makes room within its lease, and what the other one runs still counts", async () => {
  const [one, other] = [await start(), await start()];
  const { key } = await admin.mint({ limits: { concurrent: 2 } });
  const held: ServerResponse[] = [];
  upstream.answer(answering((response) => void held.push(response)));
  const lost = ask(one.url, key).catch(() => "gone");
  await until("the first call", () => held.length === 1);
  const living = ask(other.url, key);
  await until("the second call", () => held.length === 2);
  await end(one.child, "SIGKILL");
  expect([await lost, await ask(other.url, key)]).toEqual(["gone", 429]);
  const killedAt = Date.now();
  let third: Promise<number> | undefined;
  await until("room", async () => {
    third = ask(other.url, key);
    await Promise.race([third, until("the third call", () => held.length === 3)]);
    return held.length === 3;
  });
  expect(Date.now() - killedAt).toBeLessThan(4_000);
  expect(await ask(other.url, key)).toBe(429);
  for (const response of held) if (!response.destroyed) response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage));
  expect([await living, await third]).toEqual([200, 200]);
}, 60_000);

test("while Valkey is away each gateway counts on alone without a gap, says so, and shares again when it is back", async () => {
  answerWith({ input_tokens: 1, output_tokens: 1 });
  const gateway = await start();
  const { key } = await admin.mint({ limits: { requestsPerMinute: 4 } });
  const shared = async () => /^gateway_limits_shared (\d)/m.exec(await (await fetch(`${gateway.url}/metrics`)).text())?.[1];
  await until("limits to be shared", async () => (await shared()) === "1");
  expect([await ask(gateway.url, key), await ask(gateway.url, key)]).toEqual([200, 200]);
  await valkey.kill();
  await until("limits to be its own", async () => (await shared()) === "0");
  expect([await ask(gateway.url, key), await ask(gateway.url, key), await ask(gateway.url, key)]).toEqual([200, 200, 429]);
  expect(gateway.said()).toContain("limits.alone");
  await valkey.start();
  await until("limits to be shared again", async () => (await shared()) === "1");
  expect(await ask(gateway.url, key)).toBe(429);
  const { key: fresh } = await admin.mint({ limits: { requestsPerMinute: 1 } });
  const other = await start();
  expect([await ask(gateway.url, fresh), await ask(other.url, fresh)]).toEqual([200, 429]);
}, 60_000);
