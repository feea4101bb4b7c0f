import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { request } from "undici";
import { ownerToken, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type ScriptedUpstream, type Script } from "../../../tests/support/scripted-upstream.ts";
import { until } from "../../../tests/support/until.ts";

let worker: ScriptedUpstream;
let backup: ScriptedUpstream;
let gateway: ScriptedUpstream;
let house: TestConsole;
const authorization = `Bearer ${ownerToken}`;

beforeAll(async () => {
  [worker, backup, gateway] = await Promise.all([startUpstream(), startUpstream(), startUpstream()]);
  house = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: worker.url, backup: backup.url, gateway: gateway.url } });
});
beforeEach(() => {
  for (const upstream of [worker, backup, gateway]) {
    upstream.seen.splice(0);
    upstream.answer(answerJson({ ok: true }));
  }
});
afterAll(async () => {
  await house.close();
  await Promise.all([worker, backup, gateway].map((upstream) => upstream.close()));
});

const read = (path: string, headers: Record<string, string> = {}) => house.call("GET", path, { headers: { authorization, ...headers } });
const change = (path: string, body?: string | Buffer) =>
  house.call("POST", path, { headers: { authorization, "content-type": "application/json" }, ...(body === undefined ? {} : { body }) });

test("each route reaches its service, with that service's token and the caller's request id, and neither cookie nor owner token", async () => {
  await read("/api/jobs?state=running&limit=5", {
    "x-request-id": "abc-1",
    cookie: "a=b",
    "last-event-id": "77",
    "x-forwarded-for": "203.0.113.5",
    connection: "x-private",
    "x-private": "1",
    "x-freehold-user": "somebody",
  });
  expect(worker.seen[0]).toMatchObject({
    method: "GET",
    url: "/api/jobs?state=running&limit=5",
    headers: { authorization: "Bearer worker-token", "x-request-id": "abc-1", "last-event-id": "77", "x-freehold-user": "owner" },
  });
  for (const name of ["cookie", "x-private", "x-forwarded-for"]) expect(worker.seen[0]!.headers[name]).toBeUndefined();
  await read("/api/backups");
  expect(backup.seen[0]).toMatchObject({ url: "/backups", headers: { authorization: "Bearer backup-token" } });
  await read("/api/models/providers");
  expect(gateway.seen[0]).toMatchObject({ url: "/admin/providers", headers: { authorization: "Bearer gateway-token" } });
});

test.each([
  ["GET", "/api/models/keys?limit=5", "/admin/keys?limit=5", null],
  ["POST", "/api/models/keys", "/admin/keys", "key.create"],
  ["GET", "/api/models/keys/k-1", "/admin/keys/k-1", null],
  ["PATCH", "/api/models/keys/k-1", "/admin/keys/k-1", "key.change"],
  ["POST", "/api/models/keys/k-1/rotate", "/admin/keys/k-1/rotate", "key.rotate"],
  ["DELETE", "/api/models/keys/k-1", "/admin/keys/k-1", "key.revoke"],
  ["POST", "/api/models/providers/anthropic/reset", "/admin/providers/anthropic/reset", "provider.reset"],
  ["GET", "/api/models/usage?by=model", "/admin/usage/report?by=model", null],
  ["GET", "/api/models/requests?cursor=a", "/admin/requests?cursor=a", null],
])("%s %s is the gateway's %s, for the owner alone, and on record if it changes something", async (method, path, to, action) => {
  const body = method === "GET" || method === "DELETE" ? {} : { body: "{}" };
  expect((await house.call(method, path, body)).status).toBe(401);
  expect(gateway.seen).toEqual([]);
  expect((await house.call(method, path, { headers: { authorization, "content-type": "application/json" }, ...body })).status).toBe(200);
  expect(gateway.seen).toMatchObject([{ method, url: to, headers: { authorization: "Bearer gateway-token" } }]);
  const last = (await house.audit()).at(-1);
  if (action !== null) expect(last).toMatchObject({ actor: "owner-token", action, target: path, status: 200, outcome: "done" });
});

test("a request without an id gets one, the same for the caller and the service", async () => {
  const answer = await read("/api/jobs/1");
  expect(answer.headers["x-request-id"]).toBe(worker.seen[0]!.headers["x-request-id"]);
});

test("status, body and headers come back; hop-by-hop headers, cookies and the server's name don't", async () => {
  worker.answer(
    (_request, response) =>
      void response
        .writeHead(422, {
          "content-type": "application/problem+json",
          "x-freehold": "yes",
          "set-cookie": "a=b",
          "keep-alive": "timeout=9",
          server: "x",
          connection: "x-hop",
          "x-hop": "1",
        })
        .end('{"code":"job.odd"}'),
  );
  const answer = await read("/api/jobs/1");
  expect(answer).toMatchObject({ status: 422, json: { code: "job.odd" }, headers: { "content-type": "application/problem+json", "x-freehold": "yes" } });
  for (const name of ["set-cookie", "x-hop", "server"]) expect(answer.headers[name]).toBeUndefined();
});

test("a live log flows line by line, and the reader's leaving frees the service at once", async () => {
  let finish: () => void = () => undefined;
  worker.answer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("id: 10\nevent: line\ndata: {}\n\n");
    finish = () => response.end("event: done\ndata: {}\n\n");
  });
  const leaving = new AbortController();
  const answer = await request(`${house.url}/api/jobs/1/log`, { headers: { authorization }, signal: leaving.signal });
  expect(answer.headers["content-type"]).toBe("text/event-stream");
  const [first] = (await once(answer.body, "data")) as [Buffer];
  expect(first.toString()).toContain("id: 10");
  expect(worker.open()).toBe(1);
  answer.body.on("error", () => undefined);
  leaving.abort();
  await until("the service's side to be freed", () => worker.open() === 0, { timeoutMs: 2_000 });
  finish();
});

test("the reader's leaving before the service has answered frees the service too", async () => {
  worker.answer(() => undefined);
  const leaving = new AbortController();
  const asked = request(`${house.url}/api/jobs/1`, { headers: { authorization }, signal: leaving.signal }).catch(() => undefined);
  await until("the request to arrive", () => worker.open() === 1);
  leaving.abort();
  await asked;
  await until("the service's side to be freed", () => worker.open() === 0, { timeoutMs: 2_000 });
});

test("a service that dies in the middle of an answer breaks the answer off instead of ending it as if it were whole", async () => {
  worker.answer((_request, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write("{}\n", () => response.destroy());
  });
  await expect(read("/api/jobs/1/log.ndjson")).rejects.toThrow(/terminated|closed|socket/i);
});

test("a body flows through whole, and one that is announced or found too large is refused before the service sees it whole", async () => {
  let taken = 0;
  const count: Script = (request, response) => {
    request.on("data", (chunk: Buffer) => (taken += chunk.length));
    request.on("end", () => void response.writeHead(201).end("{}"));
  };
  worker.answer(count);
  const body = Buffer.alloc(4_000_000, "x");
  expect((await change("/api/jobs", body)).status).toBe(201);
  expect(taken).toBe(body.length);
  const announced = await change("/api/jobs", Buffer.alloc(50_000_000, "x"));
  expect(announced).toMatchObject({ status: 413, json: { code: "request.too-large", detail: expect.stringContaining("5000000") } });
  expect(worker.seen).toHaveLength(1);
  async function* chunks() {
    for (let sent = 0; sent < 6; sent++) yield Buffer.alloc(1_000_000, "x");
  }
  const found = await request(`${house.url}/api/jobs`, { method: "POST", headers: { authorization }, body: Readable.from(chunks()) });
  expect(found.statusCode).toBe(413);
  expect(await found.body.json()).toMatchObject({ code: "request.too-large" });
  await until("the service's side to be freed", () => worker.open() === 0);
  expect((await change("/api/jobs/1/cancel", Buffer.alloc(20_001, "x"))).status).toBe(413);
});

test("a caller that leaves in the middle of its body leaves nothing open", async () => {
  worker.answer((request) => void request.resume());
  const socket = connect(Number(new URL(house.url).port), "127.0.0.1");
  socket.write(`POST /api/jobs HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 1000\r\n\r\nhalf`);
  await until("the request to arrive", () => worker.open() === 1);
  socket.destroy();
  await until("the service's side to be freed", () => worker.open() === 0, { timeoutMs: 2_000 });
});

test("a service that is away gives a 503 that names it and the cure", async () => {
  const gone = await startUpstream();
  await gone.close();
  const lonely = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: gone.url, backup: gone.url, gateway: gone.url } });
  try {
    for (const [path, name] of [
      ["/api/jobs", "worker"],
      ["/api/backups", "backup"],
      ["/api/models/providers", "gateway"],
    ] as const) {
      const answer = await lonely.call("GET", path, { headers: { authorization } });
      expect(answer).toMatchObject({ status: 503, json: { code: "upstream.away", details: { service: name } }, headers: { "retry-after": "2" } });
      expect(answer.json.detail).toContain(`The ${name} can't be reached`);
      expect(answer.json.detail).toContain("freehold -- status");
    }
    const { json } = await lonely.call("GET", "/api/home", { headers: { authorization } });
    expect(json.provider).toBeNull();
    expect(json.services.map(({ name, ready }: { name: string; ready: boolean }) => [name, ready])).toEqual([
      ["console", true],
      ["worker", false],
      ["backup", false],
      ["gateway", false],
      ["manager", false],
      ["postgres", true],
    ]);
  } finally {
    await lonely.close();
  }
});

test("a service that breaks the connection gives a 502: a read was tried twice, a change once, and its doubt is told", async () => {
  worker.answer((_request, response) => void response.destroy());
  const broken = await read("/api/jobs");
  expect(broken).toMatchObject({ status: 502, json: { code: "upstream.broken" } });
  expect(worker.seen).toHaveLength(2);
  const doubt = await change("/api/jobs", "{}");
  expect(doubt).toMatchObject({ status: 502, json: { code: "upstream.broken", detail: expect.stringContaining("Whether it was carried out is unknown") } });
  expect(worker.seen).toHaveLength(3);
});

test("a service that refuses the console's token doesn't sign the owner out: it is a 502 with the cure", async () => {
  worker.answer(answerJson({ code: "auth.required" }, 401));
  expect(await read("/api/jobs")).toMatchObject({ status: 502, json: { code: "upstream.refused-token", detail: expect.stringContaining("npm start") } });
});

test.each(["/api/jobs/..%2f..%2fadmin%2fkeys", "/api/jobs/%2e%2e", "/api/jobs/a%00b", "/api/jobs/a%20b/log", "/api/jobs/a;b/cancel"])(
  "an id that is none (%s) is refused and reaches nobody",
  async (path) => {
    const answer = await house.call(path.endsWith("cancel") ? "POST" : "GET", path, { headers: { authorization } });
    expect([400, 404]).toContain(answer.status);
    expect(worker.seen).toEqual([]);
  },
);

test.each([
  ["GET", "/api/jobs/1/cancel"],
  ["DELETE", "/api/jobs"],
  ["PUT", "/api/jobs"],
  ["DELETE", "/api/backups"],
  ["PUT", "/api/models/keys/1"],
  ["DELETE", "/api/models/keys"],
  ["POST", "/api/models/usage"],
  ["POST", "/api/models/providers"],
])("%s %s is not let through", async (method, path) => {
  const answer = await house.call(method, path, { headers: { authorization } });
  expect(answer.status).toBe(405);
  expect(answer.headers["allow"]).toBeDefined();
  for (const upstream of [worker, backup, gateway]) expect(upstream.seen).toEqual([]);
});

test.each([
  ["text/html; charset=utf-8", "inline", "text/plain; charset=utf-8", "inline"],
  ["text/javascript", "inline", "text/plain; charset=utf-8", "inline"],
  ["application/json", "inline", "text/plain; charset=utf-8", "inline"],
  ["image/png", "inline", "image/png", "inline"],
  ["image/svg+xml", "inline", "image/svg+xml", "inline"],
  ["application/pdf", 'inline; filename="a.pdf"', "application/octet-stream", 'attachment; filename="a.pdf"'],
  ["text/plain", 'attachment; filename="a.txt"', "text/plain; charset=utf-8", 'attachment; filename="a.txt"'],
  ["", "", "application/octet-stream", "attachment"],
])("a job's file of type %s (%s) can't run in the console's name", async (type, disposition, asType, asDisposition) => {
  worker.answer(
    (_request, response) =>
      void response
        .writeHead(200, { ...(type === "" ? {} : { "content-type": type }), ...(disposition === "" ? {} : { "content-disposition": disposition }) })
        .end("<script>alert(1)</script>"),
  );
  const answer = await read("/api/jobs/1/files/content?path=a");
  expect(answer.headers).toMatchObject({ "content-type": asType, "content-disposition": asDisposition, "x-content-type-options": "nosniff" });
  expect(answer.headers["content-security-policy"]).toMatch(/^sandbox; default-src 'none'/);
});

test("HEAD is answered without a body", async () => {
  const answer = await house.call("HEAD", "/api/jobs/1", { headers: { authorization } });
  expect(answer).toMatchObject({ status: 200, text: "" });
  expect(worker.seen[0]!.method).toBe("HEAD");
});

test("home names each service, why one isn't ready, and the provider that answers", async () => {
  backup.answer(answerJson({ code: "service.not-ready", detail: "The bucket can't be asked." }, 503));
  gateway.answer((request, response) => void response.end(request.url === "/admin/providers" ? '{"active":"rehearsal","providers":[]}' : "{}"));
  expect((await read("/api/home")).json).toEqual({
    stack: "dev",
    version: "0.1.0",
    publicOrigin: "https://console.test",
    auditKeepDays: 365,
    provider: "rehearsal",
    gatewayOrigin: "https://gateway.localhost:28443",
    services: [
      { name: "console", ready: true, detail: "" },
      { name: "worker", ready: true, detail: "" },
      { name: "backup", ready: false, detail: "The bucket can't be asked." },
      { name: "gateway", ready: true, detail: "" },
      { name: "manager", ready: true, detail: "" },
      { name: "postgres", ready: true, detail: "" },
    ],
  });
});
