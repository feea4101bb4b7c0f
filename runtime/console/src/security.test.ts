import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { asJson, memberPassword, ownerPassword, ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { ownRoutes, type OwnRoute } from "./own-routes.ts";
import { proxiedRoutes } from "./proxied-routes.ts";

let upstream: ScriptedUpstream;
let house: TestConsole;
let owner: string;
let viewer: string;

beforeAll(async () => {
  upstream = await startUpstream(answerJson({ reached: true }));
  house = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: upstream.url, backup: upstream.url, gateway: upstream.url } });
  owner = await house.signIn();
  viewer = await house.join("victor", "viewer");
}, 60_000);
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

const own: OwnRoute[] = Object.values(ownRoutes);
const changes = [...own, ...proxiedRoutes]
  .filter(({ method }) => method !== "get")
  .map(({ method, path }) => [method.toUpperCase(), path.replaceAll(/:\w+/g, "none")] as const);

test.each(changes)("CSRF: %s %s from another site does nothing, whatever it sends along", async (method, path) => {
  for (const origin of ["https://evil.example", "null", "https://console.test.evil.example", "http://console.test", "https://console.test:444"]) {
    const answer = await house.call(method, path, { headers: { cookie: owner, origin, "content-type": "text/plain" }, body: "{}" });
    expect([answer.status, answer.json.code]).toEqual([403, "auth.foreign-origin"]);
  }
  expect(upstream.seen).toEqual([]);
});

test("CSRF: a form of another site, which can't send JSON, signs nobody in even without an Origin", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const answer = await house.call("POST", "/api/session", { headers: { "content-type": type }, body: JSON.stringify({ password: ownerPassword }) });
    expect(answer.json.code).toBe("request.invalid");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  }
});

test("no answer lets another origin read it", async () => {
  for (const method of ["GET", "OPTIONS"]) {
    const answer = await house.call(method, "/api/jobs", {
      headers: { cookie: owner, origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
});

test("clickjacking: neither pages nor answers nor errors may be framed", async () => {
  for (const path of ["/", "/settings/members", "/api/session", "/api/jobs", "/api/nothing", "/%"]) {
    const { headers } = await house.call("GET", path, { headers: { cookie: owner, accept: "text/html" } });
    expect([path, headers["x-frame-options"]]).toEqual([path, "DENY"]);
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  }
});

test("session fixation: a token that somebody planted is never taken over; each sign-in gets a fresh one", async () => {
  const planted = `__Host-freehold=${"P".repeat(43)}`;
  const first = await house.call("POST", "/api/session", asJson({ password: ownerPassword }, { cookie: planted }));
  expect(first.headers["set-cookie"]).not.toContain("P".repeat(43));
  expect((await house.call("GET", "/api/session", { headers: { cookie: planted } })).status).toBe(401);
  const second = await house.call(
    "POST",
    "/api/session",
    asJson({ name: "victor", password: memberPassword }, { cookie: String(first.headers["set-cookie"]).split(";")[0]! }),
  );
  expect(second.headers["set-cookie"]).not.toBe(first.headers["set-cookie"]);
});

test("session fixation: of two cookies with the name, as another host could plant one, no mixture opens anything", async () => {
  const answer = await house.call("GET", "/api/session", { headers: { cookie: `__Host-freehold=${"P".repeat(43)}; ${owner}` } });
  expect(answer.status).toBe(401);
});

test("role escalation: a role is taken from nowhere but the members' table", async () => {
  const tries: [string, string, object | undefined, Record<string, string>][] = [
    ["PATCH", "/api/members/owner", { role: "viewer" }, {}],
    ["POST", "/api/invitations", { name: "accomplice", role: "operator" }, {}],
    ["POST", "/api/jobs", { prompt: "x" }, { "x-role": "owner", "x-forwarded-user": "owner", "x-freehold-role": "owner" }],
    ["POST", "/api/jobs?role=owner", { prompt: "x", role: "owner" }, {}],
    ["POST", "/API/JOBS", { prompt: "x" }, {}],
    ["POST", "/api/jobs/", { prompt: "x" }, {}],
    ["POST", "/api//jobs", { prompt: "x" }, {}],
    ["POST", "/api/%6aobs", { prompt: "x" }, {}],
    ["POST", "/api/jobs/x/cancel", undefined, { "x-http-method-override": "GET" }],
    ["GET", "/api/models/keys", undefined, {}],
    ["HEAD", "/api/models/keys", undefined, {}],
    ["GET", "/api/audit", undefined, {}],
    ["HEAD", "/api/members", undefined, {}],
  ];
  for (const [method, path, body, headers] of tries) {
    const how = body === undefined ? { headers: {} } : asJson(body);
    const answer = await house.call(method, path, { ...how, headers: { ...how.headers, cookie: viewer, origin: publicOrigin, ...headers } });
    expect([method, path, [403, 404].includes(answer.status)]).toEqual([method, path, true]);
  }
  expect(upstream.seen).toEqual([]);
  const { members } = (await house.call("GET", "/api/members", { headers: { cookie: owner } })).json;
  expect(members.map(({ name, role }: { name: string; role: string }) => `${name} ${role}`)).toEqual(["owner owner", "victor viewer"]);
});

test.each([
  "/api/jobs/..%2f..%2fadmin%2fkeys/log",
  "/api/jobs/%2e%2e/log",
  "/api/jobs/..%5c..%5cadmin/log",
  "/api/jobs/a%00b/log",
  "/api/jobs/x%2flog",
  "/api/jobs/../../admin/keys",
  "/api/models/keys/..%2f..%2fhealth",
  "/api/jobs/%c0%ae%c0%ae/log",
  "/api/jobs/%zz/log",
  "//evil.example/api/jobs/x/log",
])("path traversal through the door: %s reaches no upstream", async (path) => {
  const { status } = await rawGet(path, owner);
  expect([400, 404]).toContain(status);
  expect(upstream.seen).toEqual([]);
});

const withBody = own.filter(({ bodyLimitBytes, role }) => bodyLimitBytes !== undefined && role !== "anyone");

test.each(withBody.map(({ method, path, bodyLimitBytes }) => [method.toUpperCase(), path.replace(":id", "none"), bodyLimitBytes!] as const))(
  "oversized and malformed bodies of %s %s are refused with a reason, and never with a 5xx",
  async (method, path, limit) => {
    const json = { authorization: `Bearer ${ownerToken}`, "content-type": "application/json" };
    const send = (body: string | Buffer, headers: Record<string, string> = {}) => house.call(method, path, { headers: { ...json, ...headers }, body });
    expect((await send(JSON.stringify({ name: "x".repeat(limit) }))).status).toBe(413);
    const bodies = [
      "{",
      "[]",
      "null",
      '"text"',
      "1",
      '{"__proto__":{"role":"owner"}}',
      '{"name":"\\ud800"}',
      "[".repeat(5_000),
      Buffer.from([0xff, 0xfe, 0x00]),
    ];
    for (const body of bodies) {
      const { status, json: problem } = await send(body);
      expect([String(body).slice(0, 20), status >= 400 && status < 500, typeof problem.code]).toEqual([String(body).slice(0, 20), true, "string"]);
    }
    expect((await send("{}", { "content-encoding": "made-up" })).status).toBe(415);
    expect((await send("{}", { "content-type": "application/json; charset=made-up" })).status).toBe(415);
  },
);

test("a body that never comes, and headers without end, hold nothing up for others", async () => {
  const hanging = connect(Number(new URL(house.url).port), "127.0.0.1");
  hanging.on("error", () => undefined);
  hanging.write("POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{");
  const huge = await rawGet("/api/session", `${owner}; pad=${"x".repeat(40_000)}`);
  expect(huge.status).toBe(431);
  expect((await house.call("GET", "/api/session", { headers: { cookie: owner } })).status).toBe(200);
  hanging.destroy();
});

test("a link's text stays text: what a member's name or a user agent holds comes back as JSON, never as a page", async () => {
  await house.call("POST", "/api/session", asJson({ password: ownerPassword }, { "user-agent": "<script>alert(1)</script>" }));
  const answer = await house.call("GET", "/api/sessions", { headers: { cookie: owner, accept: "text/html" } });
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  expect(answer.text).toContain("<script>");
});

/** A request with its path as it stands: clients would tidy it up. */
function rawGet(path: string, cookie: string): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(house.url).port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => void (text += String(chunk)));
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]) }));
    socket.on("error", reject);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: console.test\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`);
  });
}
