import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { expect, test } from "@jest/globals";
import type { SeenRequest } from "../../../tests/support/scripted-upstream.ts";
import { until } from "../../../tests/support/until.ts";
import { event, streamHeaders, upstreamKey, wholeMessage, wholeStream } from "./testing/fixtures.ts";
import { errorOf, prompt, stream, withGateway } from "./testing/front.ts";

// Nobody is too silent here, be this machine as busy as it may.
const front = withGateway({ UPSTREAM_IDLE_TIMEOUT_MS: "10000" });
const { ask, script } = front;

const sha = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

test("a stream's bytes, a body's bytes, status and request id pass unchanged, whatever the chunks are", async () => {
  let got = "";
  const all = wholeStream.join("");
  script(async (response, body) => {
    got = sha(body);
    response.writeHead(200, streamHeaders);
    for (let at = 0; at < all.length; at += 7) {
      if (!response.write(all.slice(at, at + 7))) await once(response, "drain");
      if (at % 70 === 0) await new Promise(setImmediate);
    }
    response.end();
  });
  const body = `{ "stream" : true,\n "model":"claude-opus-5-5", "future": {"field": [1.0, 1e3, "ü\\u00fc"]}, "stream": true }`;
  const response = await ask(body);
  expect([response.status, response.headers.get("request-id"), response.headers.get("content-type")]).toEqual([
    200,
    "req_upstream",
    streamHeaders["content-type"],
  ]);
  expect(await response.text()).toBe(all);
  expect(got).toBe(sha(body));
});

test("the caller's headers reach the provider, its credential and its network do not", async () => {
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  await ask(prompt, {
    headers: {
      "anthropic-beta": "a-2026,b-2027",
      "anthropic-version": "2023-06-01",
      "user-agent": "claude-cli/2.1.329",
      "x-stainless-lang": "js",
      "x-future": "kept",
      "x-forwarded-for": "10.1.2.3",
      cookie: "session=1",
    },
  });
  const { headers, url, method } = front.upstream.seen.at(-1) as SeenRequest;
  expect([method, url]).toEqual(["POST", "/base/v1/messages?beta=true"]);
  expect(headers).toMatchObject({
    "anthropic-beta": "a-2026,b-2027",
    "anthropic-version": "2023-06-01",
    "user-agent": "claude-cli/2.1.329",
    "x-stainless-lang": "js",
    "x-future": "kept",
    "x-api-key": upstreamKey,
    "accept-encoding": "identity",
  });
  for (const name of ["authorization", "x-forwarded-for", "cookie"]) expect(headers[name]).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain(front.key);
});

test("the provider's answer headers come back, without its limits, its account and its cookies", async () => {
  const hidden = { "anthropic-ratelimit-requests-limit": "1", "anthropic-organization-id": "org-of-the-owner", "set-cookie": "a=b" };
  script((response) => response.writeHead(200, { "content-type": "application/json", "x-future": "1", ...hidden }).end(JSON.stringify(wholeMessage)));
  const response = await ask();
  expect(await response.json()).toEqual(wholeMessage);
  expect([response.headers.get("x-future"), response.headers.get("x-freehold-provider")]).toEqual(["1", "anthropic"]);
  for (const name of Object.keys(hidden)) expect(response.headers.get(name)).toBeNull();
});

test("a slow reader holds the provider back instead of filling the gateway's memory", async () => {
  const delta = event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "x".repeat(60_000) } });
  let sent = 0;
  script(async (response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    for (; sent < 600; sent++) if (!response.write(delta)) await once(response, "drain");
    response.end(event("message_stop"));
  });
  const call = httpRequest(`${front.gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": front.key } }).end(JSON.stringify(stream));
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  answer.pause();
  let before = -1;
  await until("the provider to stall", () => (sent === before ? true : ((before = sent), false)), { everyMs: 150 });
  expect(sent).toBeLessThan(400);
  let size = 0;
  answer.on("data", (chunk: Buffer) => (size += chunk.length));
  answer.resume();
  await once(answer, "end");
  expect([sent, size > 600 * 60_000]).toEqual([600, true]);
});

test("count_tokens and the models are passed on; probes are answered; the rest is not offered", async () => {
  script((response, _body, request) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ asked: request.url })));
  expect(await (await ask(prompt, { path: "/v1/messages/count_tokens" })).json()).toEqual({ asked: "/base/v1/messages/count_tokens" });
  const get = (path: string, method = "GET") => fetch(front.gateway.url + path, { method, headers: { "x-api-key": front.key } });
  expect(await (await get("/v1/models?limit=1000")).json()).toEqual({ asked: "/base/v1/models?limit=1000" });
  expect(await (await get("/v1/models/claude-x")).json()).toEqual({ asked: "/base/v1/models/claude-x" });
  expect([(await get("/", "HEAD")).status, (await get("/api/hello", "HEAD")).status, (await get("/health")).status]).toEqual([200, 200, 200]);
  const absent = await get("/v1/files");
  expect([absent.status, (await errorOf(absent)).error.type]).toEqual([404, "not_found_error"]);
  expect((await get("/v1/%ff")).status).toBe(404);
});
