import { Agent, request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { json, messagesBody, near, word } from "./testing/arbitraries.ts";
import { answering, startGateway, streamHeaders, upstreamKey, wholeMessage, wholeStream, type TestGateway } from "./testing/fixtures.ts";

/** 100,000 by setting, as in the README; over HTTP a case takes longer than a translation. */
const httpRuns = Number(process.env["FREEHOLD_FUZZ_RUNS"] ?? 500);
const secret = "a prompt that nobody else may read";
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
let upstream: ScriptedUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await startUpstream(
    answering((response, body) => {
      if (asksForStream(body)) response.writeHead(200, streamHeaders).end(wholeStream.join(""));
      else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage));
    }),
  );
  gateway = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: upstream.url, CACHE_SECONDS: "300" });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  agent.destroy();
  await gateway.close();
  await upstream.close();
});

function asksForStream(body: Buffer): boolean {
  try {
    return (JSON.parse(body.toString("utf8")) as { stream?: unknown } | null)?.stream === true;
  } catch {
    return false;
  }
}

const headerName = fc.oneof(
  fc.constantFrom(
    ..."anthropic-beta anthropic-version x-claude-code-session-id user-agent accept accept-encoding content-type content-encoding cookie te via".split(" "),
    ..."x-freehold-cache x-freehold-provider x-forwarded-for forwarded cache-control idempotency-key x-request-id authorization x-api-key host".split(" "),
    ..."x-stainless-retry-count if-none-match range origin access-control-request-method __proto__ constructor".split(" "),
  ),
  fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/),
);
/** What node's client lets through: any byte that a header may have. */
const headerValue = fc.oneof(
  fc.constantFrom(
    "",
    "off",
    "gzip",
    "identity",
    "br, gzip",
    "close",
    "no-store",
    "application/json; charset=utf-16",
    "a,b,,c",
    "1e9",
    "\u00ff\u0080",
    "bearer",
  ),
  fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,200}$/),
);
/** They say how a message ends, which is the client's own affair here. */
const ofClient = new Set(["content-length", "transfer-encoding", "connection", "expect", "upgrade", "trailer", "keep-alive", "proxy-connection"]);
const headers = fc
  .dictionary(headerName, headerValue, { maxKeys: 8, noNullPrototype: true })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([name]) => !ofClient.has(name.toLowerCase()))));
const path = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("/v1/messages", "/v1/messages?beta=true", "/v1/messages/count_tokens", "/v1/chat/completions", "/v1/responses") },
  { weight: 1, arbitrary: fc.constantFrom("/v1/models", "/v1/models?limit=1000", "/", "/api/hello", "/v1/files", "//v1/messages", "/v1/messages/../messages") },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true }).map((url) => url.replace(/^https?:\/\/[^/?]*\/?/, "/")) },
);
const told = near({ ...messagesBody, metadata: { user_id: secret } });
const body = fc.oneof(
  { weight: 4, arbitrary: told.map((value) => JSON.stringify(value) ?? "") },
  { weight: 2, arbitrary: fc.tuple(told, fc.nat()).map(([value, at]) => (JSON.stringify(value) ?? "").slice(0, at % 500)) },
  { weight: 2, arbitrary: json.map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: word.map((name) => `{"model":"m","${name}":{"a":"\\ud800"},"${name}":[[[`) },
);

interface Answer {
  status: number;
  type: string;
  text: string;
}

function send(method: string, to: string, given: OutgoingHttpHeaders, sent: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path: to, headers: given, agent, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers["content-type"]), text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("timeout", () => request.destroy(new Error("No answer in 10 s.")));
    request.on("error", reject);
    request.end(sent);
  });
}

/** Outside the models' own API errors have the shape of all services; what is no HTTP has the one of Anthropic's. */
function messageOf({ error, detail }: { error?: { message?: string }; detail?: string }, to: string): string {
  return error?.message ?? (to.startsWith("/v1/") ? "" : (detail ?? ""));
}

test(
  `whatever is sent, ${httpRuns} times, is answered, never with a failure of ours, and nothing of it is told to anybody else`,
  async () => {
    const method = fc.oneof(
      { weight: 12, arbitrary: fc.constant("POST") },
      { weight: 1, arbitrary: fc.constantFrom("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH") },
    );
    await fc.assert(
      fc.asyncProperty(method, path, headers, body, fc.constantFrom("x-api-key", "authorization", "none"), async (verb, to, given, sent, credential) => {
        const own: Record<string, string> = credential === "none" ? {} : { [credential]: credential === "authorization" ? `Bearer ${key}` : key };
        const answer = await send(verb, to, { ...given, ...own, "content-length": Buffer.byteLength(sent) }, sent);
        expect(answer.status).toBeGreaterThanOrEqual(200);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400 && verb !== "HEAD") expect(messageOf(JSON.parse(answer.text) as object, to)).toMatch(/\S/);
        for (const hidden of [key, upstreamKey, "127.0.0.1", ".ts:"]) expect(answer.text).not.toContain(hidden);
      }),
      { numRuns: httpRuns },
    );
    await gateway.usageOf();
    const rows = JSON.stringify((await gateway.db.query("select * from requests")).rows);
    for (const hidden of [key, upstreamKey, secret])
      for (const place of [gateway.logged(), await gateway.metrics.text(), rows]) expect(place).not.toContain(hidden);
    expect(await gateway.metrics.text()).toMatch(/^gateway_requests_active 0$/m);
    expect(gateway.logged()).not.toMatch(/relay\.defect|"level":"error"/);
  },
  60_000 + httpRuns * 20,
);
