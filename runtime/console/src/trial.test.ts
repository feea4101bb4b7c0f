import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { request } from "undici";
import { ownerToken, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type Script, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { until } from "../../../tests/support/until.ts";

const headers = { authorization: `Bearer ${ownerToken}`, "content-type": "application/json" };
const question = { model: "claude-haiku-5-5", prompt: "Say hello." };
const made = { id: "key-of-a-trial", key: "fh_secret-of-a-trial" };
const delta = 'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Hello"}}\n\n';
const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

let gateway: ScriptedUpstream;
let house: TestConsole;
let bodies: { url: string; body: any }[]; // oxlint-disable-line typescript/no-explicit-any -- a test reads into it at will
beforeAll(async () => {
  gateway = await startUpstream();
  house = await startConsole({
    clock: { now: () => Date.parse("2026-11-21T12:00:00Z") },
    upstreams: { worker: gateway.url, backup: gateway.url, gateway: gateway.url },
  });
});
beforeEach(() => {
  gateway.seen.splice(0);
  bodies = [];
});
afterAll(async () => {
  await house.close();
  await gateway.close();
});

const keep = async (asked: IncomingMessage) => {
  const whole = await text(asked);
  bodies.push({ url: asked.url ?? "", body: whole === "" ? undefined : JSON.parse(whole) });
};

/** A gateway that makes and revokes keys; what the model says is the test's. */
const play = (model: Script, { mint = answerJson(made, 201), revoke = answerJson(undefined, 204) }: { mint?: Script; revoke?: Script } = {}) =>
  gateway.answer((asked, response) => {
    void keep(asked).catch(() => undefined);
    if (asked.url === "/admin/keys") return mint(asked, response);
    if (asked.method === "DELETE") return revoke(asked, response);
    model(asked, response);
  });

const streaming: Script = (_asked, response) =>
  void response.writeHead(200, { "content-type": "text/event-stream", "x-freehold-provider": "anthropic", "set-cookie": "a=b" }).end(delta + end);
const ask = (body: object = question) => house.call("POST", "/api/models/try", { headers, body: JSON.stringify(body) });
const isRevoked = () => gateway.seen.some(({ method, url }) => method === "DELETE" && url === "/admin/keys/key-of-a-trial");

test("a trial is asked with a key of its own, which is short-lived, revoked afterwards, and never seen by the browser", async () => {
  play(streaming);
  const answer = await ask({ ...question, system: "Be brief.", maxTokens: 50 });
  expect(answer).toMatchObject({ status: 200, text: delta + end, headers: { "content-type": "text/event-stream", "x-freehold-provider": "anthropic" } });
  await until("the key to be revoked", isRevoked);
  expect(JSON.stringify(answer)).not.toContain(made.key);
  expect(answer.headers["set-cookie"]).toBeUndefined();
  expect(gateway.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /admin/keys", "POST /v1/messages", "DELETE /admin/keys/key-of-a-trial"]);
  expect(gateway.seen[0]!.headers["authorization"]).toBe("Bearer gateway-token");
  expect(gateway.seen[1]!.headers).toMatchObject({ "x-api-key": made.key, "anthropic-version": "2023-06-01" });
  expect(gateway.seen[1]!.headers["authorization"]).toBeUndefined();
  expect(bodies[0]!.body).toEqual({ name: "Try it, in the console", expiresAt: "2026-11-21T12:15:00.000Z" });
  expect(bodies[1]!.body).toEqual({
    model: "claude-haiku-5-5",
    max_tokens: 50,
    stream: true,
    system: "Be brief.",
    messages: [{ role: "user", content: "Say hello." }],
  });
  expect((await house.audit()).at(-1)).toMatchObject({ action: "model.try", target: "/api/models/try", outcome: "done" });
});

test("whoever names a provider gets its answer and no kept one", async () => {
  play(streaming);
  await ask({ ...question, provider: "bridge" });
  await until("the key to be revoked", isRevoked);
  expect(bodies[0]!.body).toMatchObject({ providers: ["bridge"], cache: false });
});

test("the answer flows as it comes, and the reader's leaving frees the gateway and revokes the key", async () => {
  play((_asked, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).write(delta));
  const leaving = new AbortController();
  const answer = await request(`${house.url}/api/models/try`, { method: "POST", headers, body: JSON.stringify(question), signal: leaving.signal });
  expect(String((await once(answer.body, "data"))[0])).toBe(delta);
  answer.body.on("error", () => undefined);
  leaving.abort();
  await until("the key to be revoked", isRevoked, { timeoutMs: 2_000 });
  await until("the gateway's side to be freed", () => gateway.open() === 0, { timeoutMs: 2_000 });
});

test("an answer that breaks off is broken off here too, and the key is revoked", async () => {
  play((_asked, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(delta, () => response.destroy());
  });
  await expect(ask()).rejects.toThrow(/terminated|closed|socket/i);
  await until("the key to be revoked", isRevoked);
});

const refusal = (message: string, type = "api_error") => ({ type: "error", error: { type, message } });

test.each([
  [404, "No provider offers the model gpt; ask for another one.", 404],
  [401, "This virtual key is not known here.", 502],
  [503, "All providers rest.", 503],
])("a refusal of the gateway (%i) comes back in its own words, and the key is revoked", async (status, message, shown) => {
  play((asked, response) => {
    response.setHeader("retry-after", "7");
    answerJson(refusal(message), status)(asked, response);
  });
  expect(await ask()).toMatchObject({ status: shown, json: { code: "trial.refused", detail: message, retryAfterMs: 7_000, details: { status } } });
  await until("the key to be revoked", isRevoked);
});

test("a gateway that makes no key says why, and no model is asked", async () => {
  play(streaming, { mint: answerJson({ code: "request.invalid", detail: "providers: must be names." }, 400) });
  expect(await ask()).toMatchObject({ status: 422, json: { code: "trial.no-key", detail: expect.stringContaining("providers: must be names.") } });
  play(streaming, { mint: answerJson({}, 401) });
  expect(await ask()).toMatchObject({ status: 502, json: { code: "upstream.refused-token" } });
  expect(gateway.seen.every(({ url }) => url === "/admin/keys")).toBe(true);
});

test("a key that can't be revoked doesn't spoil the answer: it ends by itself within minutes", async () => {
  play(streaming, { revoke: answerJson({}, 503) });
  expect(await ask()).toMatchObject({ status: 200, text: delta + end });
  await until("the revocation to be tried", isRevoked);
});

test("a gateway that is away gives a 503 that names it and the cure", async () => {
  const gone = await startUpstream();
  await gone.close();
  const lonely = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: gone.url, backup: gone.url, gateway: gone.url } });
  try {
    const answer = await lonely.call("POST", "/api/models/try", { headers, body: JSON.stringify(question) });
    expect(answer).toMatchObject({ status: 503, json: { code: "upstream.away", details: { service: "gateway" } } });
  } finally {
    await lonely.close();
  }
});

test.each([
  [{ prompt: "x" }, "model"],
  [{ model: "a\u0000", prompt: "x" }, "model"],
  [{ model: "a", prompt: "  " }, "prompt"],
  [{ model: "a", prompt: "x", maxTokens: 0 }, "maxTokens"],
  [{ model: "a", prompt: "x", key: "fh_1" }, "key"],
])("a trial that is none (%j) is refused by name and reaches nobody", async (body, field) => {
  expect(await ask(body)).toMatchObject({ status: 400, json: { detail: expect.stringContaining(field) } });
  expect(gateway.seen).toEqual([]);
});

test("nobody but the owner can try", async () => {
  play(streaming);
  const json = { "content-type": "application/json" };
  expect((await house.call("POST", "/api/models/try", { headers: json, body: JSON.stringify(question) })).status).toBe(401);
  const foreign = { ...json, cookie: await house.signIn(), origin: "https://evil.example" };
  expect((await house.call("POST", "/api/models/try", { headers: foreign, body: JSON.stringify(question) })).status).toBe(403);
  expect(gateway.seen).toEqual([]);
});
