import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Secret } from "@freehold/kernel/secret";
import Anthropic from "@anthropic-ai/sdk";
import { parseDocument } from "../gateway-document.ts";
import { startCopilotSimulator, type CopilotSimulator } from "../testing/copilot-simulator.ts";
import { startGateway, type TestGateway } from "../testing/fixtures.ts";
import { CopilotAccess } from "./access-token.ts";
import type { JsonAnswer, SendJson } from "./http.ts";
import { initiatorOf, toCopilotMessages } from "./messages.ts";

let simulator: CopilotSimulator;
let gateway: TestGateway;
let client: Anthropic;

const entry = () => ({
  name: "copilot",
  kind: "copilot",
  baseUrl: simulator.url,
  keys: [{ value: simulator.githubToken }],
  copilot: { acceptRisk: true, clientId: "own-app", githubUrl: simulator.url, githubApiUrl: simulator.url },
});

beforeAll(async () => {
  simulator = await startCopilotSimulator();
  gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers: [entry()] }) });
  client = new Anthropic({ apiKey: (await gateway.mint()).key, baseURL: gateway.url, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await simulator.close();
});
const last = () => simulator.seen.at(-1) as CopilotSimulator["seen"][number];

test("it is off unless its owner has accepted the risk in words, and warns at each start", () => {
  const { copilot: _accepted, ...silent } = entry();
  expect(() => parseDocument(JSON.stringify({ providers: [silent] }))).toThrow("suspended accounts");
  expect(() => parseDocument(JSON.stringify({ providers: [{ ...silent, copilot: { acceptRisk: false } }] }))).toThrow("suspended accounts");
  expect(parseDocument(JSON.stringify({ providers: [{ ...silent, enabled: false }] })).providers?.length).toBe(1);
  expect(gateway.logged()).toContain("suspended accounts");
});

test("Claude's models are asked at the Messages endpoint, without what it refuses, under our own name", async () => {
  const { data, response } = await client.beta.messages
    .create({
      model: "claude-opus-5-5",
      max_tokens: 2_000,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "hi" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          ],
        },
      ],
      tools: [{ name: "f", input_schema: { type: "object" }, defer_loading: true }],
      thinking: { type: "enabled", budget_tokens: 1_024 },
      context_management: { edits: [{ type: "clear_thinking_20251015" }] },
    })
    .withResponse();
  expect([data.content[0], response.headers.get("x-freehold-ignored")]).toEqual([
    { type: "text", text: "(simulation) hello" },
    "context_management, thinking.budget_tokens",
  ]);
  expect(last()).toMatchObject({
    path: "/v1/messages",
    headers: { authorization: "Bearer cop-1", "x-initiator": "user", "copilot-vision-request": "true", "editor-version": "freehold/1.0" },
    body: { thinking: { type: "adaptive" }, tools: [{ name: "f", input_schema: { type: "object" } }] },
  });
  expect(JSON.stringify(last().headers)).not.toMatch(/vscode|fh_/i);
});

test("other models are asked by Chat Completions, and one token serves many requests", async () => {
  const before = simulator.exchanges();
  await Promise.all([1, 2, 3].map(() => client.messages.create({ model: "gpt-6", max_tokens: 10, messages: [{ role: "user", content: "hi" }] })));
  expect([last().path, simulator.exchanges()]).toEqual(["/chat/completions", before]);
});

test("a tool's result is told as the agent's, a prompt as the user's", () => {
  const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "x" }] };
  expect(initiatorOf({ messages: [{ role: "user", content: "hi" }, { role: "assistant", content: "a" }, result, { role: "system", content: "late" }] })).toBe(
    "agent",
  );
  expect(initiatorOf({ messages: [result, { role: "assistant", content: "a" }, { role: "user", content: "next" }] })).toBe("user");
});

test("a reference to a tool is said in words, whatever its name is", () => {
  const messages = ["look", { toString: false }].map((tool_name) => ({ role: "user", content: [{ type: "tool_reference", tool_name }] }));
  const { request } = toCopilotMessages({ messages }, "m");
  expect(JSON.stringify(request)).toContain("The tool look can be used now.");
});

test("the owner signs in by a device code, and is shown the token once", async () => {
  const begun = (await (await gateway.admin("/admin/providers/copilot/sign-in", { method: "POST" })).json()) as { userCode: string; deviceCode: string };
  expect(begun).toMatchObject({ userCode: "ABCD-1234", verificationUri: "https://github.com/login/device" });
  expect(last().body).toEqual({ client_id: "own-app", scope: "read:user" });
  const poll = async (deviceCode: string) => gateway.admin("/admin/providers/copilot/sign-in/poll", { method: "POST", body: { deviceCode } });
  expect(await (await poll(begun.deviceCode)).json()).toMatchObject({ state: "pending" });
  simulator.agree();
  expect(await (await poll(begun.deviceCode)).json()).toEqual({ state: "done", token: simulator.githubToken });
  expect((await poll("stranger")).status).toBe(410);
  expect((await gateway.admin("/admin/providers/other/sign-in", { method: "POST" })).status).toBe(409);
  expect((await fetch(`${gateway.url}/admin/providers/copilot/sign-in`, { method: "POST" })).status).toBe(401);
  expect(gateway.logged()).not.toContain(simulator.githubToken);
});

test("a token that was taken back is told as the owner's to mend, and the key rests", async () => {
  const revoked = await startCopilotSimulator();
  revoked.revoke();
  const own = await startGateway({
    GATEWAY_CONFIG: JSON.stringify({ providers: [{ ...entry(), baseUrl: revoked.url, copilot: { acceptRisk: true, githubApiUrl: revoked.url } }] }),
  });
  try {
    const asked = new Anthropic({ apiKey: (await own.mint()).key, baseURL: own.url, maxRetries: 0 });
    const ask = () => asked.messages.create({ model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "hi" }] });
    for (const _twice of [1, 2]) await expect(ask()).rejects.toMatchObject({ status: 403, error: { error: { details: { error_code: "provider.account" } } } });
    expect(revoked.seen.length).toBe(1);
  } finally {
    await own.close();
    await revoked.close();
  }
});

test("a token is renewed ahead of time while the old one goes on, callers share an exchange, and a failed renewal harms nobody", async () => {
  let now = 1_000_000;
  let answers = 0;
  let isAway = false;
  const send: SendJson = async (): Promise<JsonAnswer> => {
    if (isAway) throw new Error("away");
    answers += 1;
    return { status: 200, body: { token: `t${answers}`, expires_at: now / 1_000 + 1_800, refresh_in: 1_500 } };
  };
  const access = new CopilotAccess({ githubToken: new Secret("g"), githubApiUrl: "http://x", send, now: () => now });
  expect(await Promise.all([access.token(), access.token(), access.token()])).toEqual(["t1", "t1", "t1"]);
  now += 1_439_000;
  expect(access.token()).toBe("t1");
  now += 2_000;
  expect([access.token(), access.token()]).toEqual(["t1", "t1"]);
  await new Promise(setImmediate);
  expect([access.token(), answers]).toEqual(["t2", 2]);
  isAway = true;
  now += 1_500_000;
  expect(access.token()).toBe("t2");
  await new Promise(setImmediate);
  expect(access.token()).toBe("t2");
  now += 400_000;
  await expect(access.token()).rejects.toThrow("away");
  isAway = false;
  expect(await access.token()).toBe("t3");
});
