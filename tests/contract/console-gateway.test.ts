import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { adminToken, answering, startGateway, streamHeaders, upstreamKey, wholeStream, type TestGateway } from "../../runtime/gateway/src/testing/fixtures.ts";
import { ownerToken, startConsole, type TestConsole } from "../support/console.ts";
import { startUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { until } from "../support/until.ts";

let provider: ScriptedUpstream;
let gateway: TestGateway;
let house: TestConsole;

beforeAll(async () => {
  provider = await startUpstream(answering((response) => void response.writeHead(200, streamHeaders).end(wholeStream.join(""))));
  gateway = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: provider.url });
  house = await startConsole({
    clock: { now: () => Date.now() },
    upstreams: { worker: provider.url, backup: provider.url, gateway: gateway.url },
    settings: { GATEWAY_ADMIN_TOKEN: adminToken },
  });
});
afterAll(async () => {
  await house.close();
  await gateway.close();
  await provider.close();
});

const call = async (method: string, path: string, body?: object) => {
  const headers = { authorization: `Bearer ${ownerToken}`, "content-type": "application/json" };
  const { status, json, text } = await house.call(method, `/api/models/${path}`, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status, json, text };
};

test("the console's pages find in the real gateway what they show: providers, with their state", async () => {
  const { json } = await call("GET", "providers");
  expect(json).toMatchObject({
    active: "anthropic",
    providers: expect.arrayContaining([
      expect.objectContaining({ name: "anthropic", configured: true, state: "closed", circuits: [], lastError: null, nextProbeAt: null }),
    ]),
  });
  expect((await call("POST", "providers/anthropic/reset")).status).toBe(204);
});

test("a key's life: made with rules, listed, changed, replaced, revoked", async () => {
  const rules = { limits: { requestsPerMinute: 60, concurrent: 4 }, budget: { dayUsd: 5, warnPercent: 90 }, models: ["claude-*"], providers: ["anthropic"] };
  const made = await call("POST", "keys", { name: "laptop", expiresAt: "2100-01-01T00:00:00.000Z", ...rules });
  expect(made).toMatchObject({ status: 201, json: { name: "laptop", key: expect.stringMatching(/^fh_/), ...rules } });
  const { id } = made.json;
  const listed = async (query: string) => (await call("GET", `keys?${query}&limit=200`)).json.keys.map((key: { id: string }) => key.id);
  expect(await listed("of=owner&live=true")).toContain(id);
  expect((await call("GET", `keys/${id}`)).json.use).toEqual({ requestsToday: 0, dayUsd: 0, monthUsd: 0 });
  const changed = await call("PATCH", `keys/${id}`, { name: "desk", expiresAt: null, limits: null, budget: { monthUsd: 9 }, models: null, providers: null });
  expect(changed).toMatchObject({ status: 200, json: { name: "desk", expiresAt: null, limits: null, budget: { monthUsd: 9 }, models: null } });
  const replaced = await call("POST", `keys/${id}/rotate`, { graceSeconds: 3_600 });
  expect(replaced).toMatchObject({ status: 201, json: { key: expect.stringMatching(/^fh_/), previousValidUntil: expect.any(String) } });
  expect(replaced.json.key).not.toBe(made.json.key);
  expect((await call("DELETE", `keys/${id}`)).status).toBe(204);
  expect(await listed("of=owner&live=true")).not.toContain(id);
  expect(await listed("of=owner&live=false")).toContain(id);
});

test("a trial is answered, stands in the books by day, model and key and as a request, and its key works no longer", async () => {
  const trial = await call("POST", "try", { model: "claude-opus-5-5", prompt: "Hello", provider: "anthropic" });
  expect(trial).toMatchObject({ status: 200, text: expect.stringContaining("message_stop") });
  expect(provider.seen.at(-1)!.headers["x-api-key"]).toBe(upstreamKey);
  const { requests } = (await call("GET", "requests?limit=50")).json;
  expect(requests[0]).toMatchObject({
    keyName: "Try it, in the console",
    model: "claude-opus-5-5",
    provider: "anthropic",
    outcome: "completed",
    outputTokens: 50,
  });
  expect(requests[0].costUsd).toBeGreaterThan(0);
  for (const by of ["day", "model", "key"]) {
    const { groups } = (await call("GET", `usage?by=${by}`)).json;
    const used = groups.filter((group: { requests: number }) => group.requests > 0);
    expect(used).toHaveLength(1);
    expect(used[0].costUsd).toBeCloseTo(requests[0].costUsd, 9);
  }
  await until("the trial's key to be revoked", async () => {
    const { keys } = (await call("GET", "keys?of=owner&live=false")).json;
    return keys.some(({ id, revokedAt }: { id: string; revokedAt: string | null }) => id === requests[0].keyId && revokedAt !== null);
  });
  expect(JSON.stringify([trial.text, requests])).not.toContain(upstreamKey);
});

test("a model or provider that isn't offered is refused in words that the owner can act on", async () => {
  const refused = await call("POST", "try", { model: "claude-opus-5-5", prompt: "Hello", provider: "nobody" });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.status).not.toBe(401);
  expect(refused.json).toMatchObject({ code: expect.stringMatching(/^trial\./), detail: expect.stringContaining("may only use nobody") });
});
