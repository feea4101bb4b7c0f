import type { ServerResponse } from "node:http";
import { expect, test } from "@jest/globals";
import { startGateway, upstreamKey } from "./testing/fixtures.ts";
import { errorOf, prompt, upstreamError, withGateway } from "./testing/front.ts";

const front = withGateway();
const { ask, script } = front;

test.each([
  ["never answers", (_response: ServerResponse) => {}, 504, "timeout_error", "provider.timeout"],
  ["closes the connection", (response: ServerResponse) => void response.destroy(), 503, "api_error", "provider.unreachable"],
  [
    "answers with a web page",
    (response: ServerResponse) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    502,
    "api_error",
    "provider.garbage",
  ],
  [
    "sends on to elsewhere",
    (response: ServerResponse) => void response.writeHead(302, { location: "http://10.0.0.1/" }).end(),
    502,
    "api_error",
    "provider.garbage",
  ],
  [
    "breaks off its answer",
    (response: ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 5_000 }).write("{");
      setTimeout(() => response.destroy(), 20);
    },
    503,
    "api_error",
    "provider.cut",
  ],
  ["does not speak HTTP", (response: ServerResponse) => void response.socket?.end("SSH-2.0-OpenSSH\r\n\r\n"), 502, "api_error", "provider.garbage"],
])("a provider that %s gives a clean error that clients try again", async (_name, answer, status, type, code) => {
  script(answer);
  const response = await ask();
  expect(response.status).toBe(status);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  const { error, request_id } = await errorOf(response);
  expect([error.type, error.details?.error_code, request_id]).toEqual([type, code, response.headers.get("request-id")]);
  expect(error.message).not.toMatch(/127\.0\.0\.1|10\.0\.0\.1|at .*\.ts/);
});

test("a provider that can't be reached is 503 api_error with retry-after", async () => {
  const away = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }, front.gateway.databaseUrl);
  const response = await fetch(`${away.url}/v1/messages`, { method: "POST", headers: { "x-api-key": front.key }, body: JSON.stringify(prompt) });
  expect([response.status, response.headers.get("retry-after"), (await errorOf(response)).error.type]).toEqual([503, "2", "api_error"]);
  await away.close();
});

test.each([
  [400, "invalid_request_error", true],
  [413, "request_too_large", true],
  [401, "authentication_error", false],
  [403, "permission_error", false],
  [404, "not_found_error", false],
  [429, "rate_limit_error", false],
  [500, "api_error", false],
])("a provider's %i keeps status, type, retry-after and request id", async (status, type, keepsText) => {
  const said = upstreamError(type, "prompt is too long: account acme-corp");
  script((response) => response.writeHead(status, { "content-type": "application/json", "request-id": "req_upstream", "retry-after": "7" }).end(said));
  const response = await ask();
  expect([response.status, response.headers.get("retry-after"), response.headers.get("request-id")]).toEqual([status, "7", "req_upstream"]);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ type: "error", error: { type }, request_id: "req_upstream" });
  if (keepsText) expect(text).toBe(said);
  else expect(text).not.toContain("acme-corp");
  expect(response.headers.get("x-should-retry")).toBe([401, 403].includes(status) ? "false" : null);
});

test.each([
  ["529", 529, "overloaded_error"],
  ["another status with its type", 500, "overloaded_error"],
])("overload (%s) becomes a 503 that a client waits for: after three overloads Claude Code gives a job up", async (_name, status, type) => {
  script((response) => response.writeHead(status, { "content-type": "application/json" }).end(upstreamError(type, "Overloaded")));
  const response = await ask();
  expect([response.status, response.headers.get("retry-after"), (await errorOf(response)).error.type]).toEqual([503, "1", "api_error"]);
});

test("an error without Anthropic's shape gets it", async () => {
  script((response) => response.writeHead(520, { "content-type": "text/html" }).end("<html>cloudflare"));
  const response = await ask();
  expect([response.status, (await errorOf(response)).error.type]).toEqual([520, "api_error"]);
});
