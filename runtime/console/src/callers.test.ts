import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { proxiedRoutes } from "./proxied-routes.ts";

let now = Date.parse("2026-11-21T10:00:00Z");
let upstream: ScriptedUpstream;
let house: TestConsole;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  upstream = await startUpstream(answerJson({ reached: true }));
  house = await startConsole({ clock: { now: () => now }, upstreams: { worker: upstream.url, backup: upstream.url, gateway: upstream.url } });
  cookies["expired"] = await house.signIn();
  now += 8 * 24 * 60 * 60_000;
  cookies["revoked"] = await house.signIn();
  await house.call("DELETE", "/api/session", { headers: { cookie: cookies["revoked"], origin: publicOrigin } });
  cookies["good"] = await house.signIn();
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

const credentials: Record<string, { headers: () => Record<string, string>; reads: number; changes: number }> = {
  "no credential": { headers: () => ({}), reads: 401, changes: 401 },
  "a made-up cookie": { headers: () => ({ cookie: `__Host-freehold=${"A".repeat(43)}`, origin: publicOrigin }), reads: 401, changes: 401 },
  "a malformed cookie": { headers: () => ({ cookie: "__Host-freehold=' or 1=1 --", origin: publicOrigin }), reads: 401, changes: 401 },
  "a cookie of another name": {
    headers: () => ({ cookie: cookies["good"]!.replace("__Host-freehold", "freehold"), origin: publicOrigin }),
    reads: 401,
    changes: 401,
  },
  "an expired session": { headers: () => ({ cookie: cookies["expired"]!, origin: publicOrigin }), reads: 401, changes: 401 },
  "a session that was signed out": { headers: () => ({ cookie: cookies["revoked"]!, origin: publicOrigin }), reads: 401, changes: 401 },
  "a session": { headers: () => ({ cookie: cookies["good"]!, origin: publicOrigin }), reads: 200, changes: 200 },
  "a session, from a foreign page": { headers: () => ({ cookie: cookies["good"]!, origin: "https://evil.example" }), reads: 200, changes: 403 },
  "a session, from a sandboxed page": { headers: () => ({ cookie: cookies["good"]!, origin: "null" }), reads: 200, changes: 403 },
  "a session, from nowhere named": { headers: () => ({ cookie: cookies["good"]! }), reads: 200, changes: 403 },
  "the owner's token": { headers: () => ({ authorization: `Bearer ${ownerToken}` }), reads: 200, changes: 200 },
  "a wrong token": { headers: () => ({ authorization: "Bearer nope" }), reads: 401, changes: 401 },
  "a wrong token beside a good session": {
    headers: () => ({ authorization: "Bearer nope", cookie: cookies["good"]!, origin: publicOrigin }),
    reads: 401,
    changes: 401,
  },
  "the owner's token as Basic": { headers: () => ({ authorization: `Basic ${ownerToken}` }), reads: 401, changes: 401 },
  "a service's token": { headers: () => ({ authorization: "Bearer worker-token" }), reads: 401, changes: 401 },
};

const routes: [method: string, path: string][] = [
  ["GET", "/api/home"],
  ...proxiedRoutes.map((route): [string, string] => [route.method.toUpperCase(), route.path.replace(":id", "job-1")]),
];
const matrix = Object.keys(credentials).flatMap((name) => routes.map(([method, path]) => [name, method, path] as const));

test.each(matrix)("with %s, %s %s is let in or refused as it should", async (name, method, path) => {
  const { headers, reads, changes } = credentials[name]!;
  const answer = await house.call(method, path, { headers: headers() });
  const expected = method === "GET" ? reads : changes;
  expect(answer.status).toBe(expected);
  if (expected !== 200) expect(upstream.seen).toEqual([]);
});

test("an unknown address under /api tells strangers nothing, and the owner that it doesn't exist", async () => {
  expect((await house.call("GET", "/api/secrets")).json.code).toBe("auth.required");
  expect((await house.call("GET", "/api/secrets", { headers: { cookie: cookies["good"]! } })).json.code).toBe("request.not-found");
});

test("every answer forbids framing, sniffing, inline scripts and foreign sources", async () => {
  for (const path of ["/api/jobs", "/api/session", "/nothing"]) {
    const { headers } = await house.call("GET", path, { headers: { cookie: cookies["good"]! } });
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin" });
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-powered-by"]).toBeUndefined();
  }
  expect((await house.call("GET", "/api/jobs", { headers: { cookie: cookies["good"]! } })).headers["cache-control"]).toBe("no-store");
});

test("what changes something, or tries to from a foreign page, is in the audit with who did it, and reading is not", async () => {
  await house.pool.query("delete from audit");
  const cookie = cookies["good"]!;
  await house.call("POST", "/api/jobs/job-1/cancel", { headers: { cookie, origin: publicOrigin } });
  upstream.answer(answerJson({ code: "job.invalid" }, 400));
  await house.call("POST", "/api/jobs", { headers: { authorization: `Bearer ${ownerToken}` } });
  upstream.answer((_request, response) => void response.destroy());
  await house.call("POST", "/api/backups", { headers: { authorization: `Bearer ${ownerToken}` } });
  upstream.answer(answerJson({ reached: true }));
  await house.call("GET", "/api/jobs", { headers: { cookie } });
  await house.call("POST", "/api/jobs", { headers: { cookie, origin: "https://evil.example" } });
  expect(await house.audit()).toEqual([
    { actor: "owner", action: "job.cancel", target: "/api/jobs/job-1/cancel", address: "127.0.0.1", status: 200, outcome: "done" },
    { actor: "owner-token", action: "job.create", target: "/api/jobs", address: "127.0.0.1", status: 400, outcome: "refused" },
    { actor: "owner-token", action: "backup.create", target: "/api/backups", address: "127.0.0.1", status: 502, outcome: "failed" },
    { actor: "owner", action: "request.foreign-origin", target: "/api/jobs", address: "127.0.0.1", status: 403, outcome: "refused" },
  ]);
});

test("a change that can't be written to the audit is not carried out", async () => {
  await house.pool.query("alter table audit rename to audit_away");
  try {
    const answer = await house.call("POST", "/api/jobs", { headers: { authorization: `Bearer ${ownerToken}` } });
    expect(answer.status).toBe(500);
    expect(upstream.seen).toEqual([]);
  } finally {
    await house.pool.query("alter table audit_away rename to audit");
  }
});
