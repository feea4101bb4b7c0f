import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { wholeMessage } from "./testing/fixtures.ts";
import { errorOf, prompt, withGateway } from "./testing/front.ts";

const front = withGateway();
const { ask, script } = front;

test.each([
  ["none", {}, "key.missing"],
  ["not of this home", { "x-api-key": "sk-ant-123" }, "key.unknown"],
  ["unknown", { authorization: `Bearer fh_${randomBytes(32).toString("base64url")}` }, "key.unknown"],
])("a key that is %s is refused for good, and the provider sees nothing", async (_name, headers, code) => {
  const before = front.upstream.seen.length;
  const response = await fetch(`${front.gateway.url}/v1/messages`, { method: "POST", headers: headers as Record<string, string>, body: "{}" });
  expect([response.status, response.headers.get("x-should-retry")]).toEqual([401, "false"]);
  expect((await errorOf(response)).error).toMatchObject({ type: "authentication_error", details: { error_code: code } });
  expect(front.upstream.seen).toHaveLength(before);
});

test("a revoked key is refused at once, an expired one from its time on", async () => {
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  const revoked = await front.gateway.mint();
  const use = (text: string) => fetch(`${front.gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": text }, body: JSON.stringify(prompt) });
  expect((await use(revoked.key)).status).toBe(200);
  expect((await front.gateway.admin(`/admin/keys/${revoked.id}`, { method: "DELETE" })).status).toBe(204);
  const refused = await use(revoked.key);
  expect([refused.status, (await errorOf(refused)).error.details?.error_code]).toEqual([401, "key.revoked"]);
  const short = await front.gateway.mint();
  expect((await use(short.key)).status).toBe(200);
  await front.gateway.admin(`/admin/keys/${short.id}`, { method: "PATCH", body: { expiresAt: new Date(Date.now() + 1_000).toISOString() } });
  await until("the key to expire", async () => (await use(short.key)).status === 401);
});

test("a body over the limit is 413, with and without an announced length", async () => {
  const response = await ask("x".repeat(2_000_001));
  expect([response.status, (await errorOf(response)).error.type]).toEqual([413, "request_too_large"]);
  const chunked = await fetch(`${front.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": front.key },
    body: new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 31; sent++) controller.enqueue(new Uint8Array(65_536));
        controller.close();
      },
    }),
    duplex: "half",
  });
  expect(chunked.status).toBe(413);
});

test("what is no HTTP at all is told so in Anthropic's shape", async () => {
  const socket = connect(Number(new URL(front.gateway.url).port), "127.0.0.1");
  socket.write("GARBAGE\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"type":"invalid_request_error"/);
});
