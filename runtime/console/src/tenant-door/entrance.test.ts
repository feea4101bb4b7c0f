import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { request } from "undici";
import { ownerToken } from "../../../../tests/support/console.ts";
import { innerKey, navigation, startTenantHome, type TenantHome } from "../../../../tests/support/tenant-home.ts";
import { until } from "../../../../tests/support/until.ts";

let home: TenantHome;
/** Cookies of the console. */
const sessions: Record<string, string> = {};
/** Cookies of the tenants' hosts, by who and where. */
const passes: Record<string, string> = {};

beforeAll(async () => {
  home = await startTenantHome({ ids: ["u1", "u2"], closedTo: "127.9.9.0/24" });
  home.manager.add({ id: "u1", people: ["anna"] });
  home.manager.add({ id: "u2", people: ["Victor", "olga"] });
  sessions["owner"] = await home.house.signIn();
  sessions["anna"] = await home.house.join("anna", "viewer");
  sessions["victor"] = await home.house.join("victor", "viewer");
  sessions["olga"] = await home.house.join("olga", "operator");
  for (const [who, host] of [
    ["owner", "u1"],
    ["owner", "u2"],
    ["anna", "u1"],
    ["victor", "u2"],
    ["olga", "u2"],
  ] as const)
    passes[`${who} ${host}`] = await home.enter(`${host}.localhost`, sessions[who]!);
}, 120_000);
beforeEach(() => {
  for (const server of Object.values(home.servers)) server.seen.splice(0);
  home.manager.asked.splice(0);
});
afterAll(() => home.close());

const reached = () => Object.entries(home.servers).flatMap(([id, { seen }]) => seen.map(() => id));
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("the way in leads from the tenant's host by the console to the page that was asked for", async () => {
  const sent = await home.call("u1.localhost", "/chat?a=1&b=%2F", { headers: navigation });
  const to = new URL(String(sent.headers["location"]));
  expect([sent.status, to.origin, to.pathname]).toEqual([302, home.consoleOrigin, "/enter"]);
  expect(Object.fromEntries(to.searchParams)).toEqual({ host: "u1.localhost", path: "/chat?a=1&b=%2F", visit: expect.stringMatching(/^[\w-]{43}$/) });
  const cookie = await home.enter("u1.localhost", sessions["anna"]!, "/chat?a=1");
  const page = await home.call("u1.localhost", "/chat?a=1", { headers: { ...navigation, cookie } });
  expect([page.status, page.text]).toEqual([200, expect.stringContaining("Tenant u1")]);
});

const may: Readonly<Record<string, readonly string[]>> = { u1: ["owner", "anna"], u2: ["owner", "victor", "olga"] };
const people = ["owner", "anna", "victor", "olga"];
const hosts = ["u1", "u2", "u3"];
const paths = ["/", "/healthz", "/v1/chat/completions", "/.well-known/x", "/api/jobs", "/enter"];
const matrix = hosts.flatMap((host) => people.map((who) => [who, host] as const));

test.each(matrix)("%s gets a ticket for %s if it names them, and is refused if not", async (who, host) => {
  const body = JSON.stringify({ host: `${host}.localhost`, path: "/", visit: "v".repeat(43) });
  const headers = { cookie: sessions[who]!, origin: home.consoleOrigin, "content-type": "application/json" };
  const answer = await home.call("console.localhost", "/api/tenant-door/tickets", { method: "POST", headers, body });
  expect([answer.status, answer.json.code]).toEqual(may[host]?.includes(who) === true ? [201, undefined] : [403, "tenant.not-for-you"]);
});

const everyPass = Object.keys({ "owner u1": 1, "owner u2": 1, "anna u1": 1, "victor u2": 1, "olga u2": 1 });
test.each(everyPass.flatMap((pass) => hosts.map((host) => [pass, host] as const)))(
  "the pass of %s opens %s.localhost only where it was made, on every path and by every method",
  async (pass, host) => {
    const opens = pass.endsWith(` ${host}`);
    // Nobody gets a certificate for a host that is no tenant's; a client may name it all the same behind another's.
    const at = host === "u3" ? { host: `u3.localhost:${home.httpsPort}` } : undefined;
    for (const path of paths)
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        const headers = { cookie: passes[pass]!, origin: home.originOf(`${host}.localhost`) };
        const answer = await home.call(`${at === undefined ? host : "u1"}.localhost`, path, { method, headers: { ...headers, ...at } });
        expect([method, path, answer.status]).toEqual([method, path, opens ? 200 : 401]);
      }
    expect(new Set(reached())).toEqual(new Set(opens ? [host] : []));
  },
);

const bare = [{}, { accept: "text/event-stream" }, { cookie: "__Host-freehold-pass=x" }, { authorization: "Basic b3duZXI6eA==" }];
const named = [
  "u1.localhost",
  "u2.localhost",
  "u3.localhost",
  "tenant-u1",
  "postgres",
  "manager:4030",
  "127.0.0.1",
  "u1.localhost.evil.example",
  "",
  "a@u1.localhost",
];

test.each(named)("without a pass nobody gets in by the name %p: to no page, API, stream or path of ours", async (host) => {
  for (const path of [...paths, "/.freehold/state", "/.Freehold/State", "/%2e%2e/", "//console.localhost/"])
    for (const headers of bare) {
      const answer = await home.call("u1.localhost", path, { headers: { ...headers, host } });
      expect([path, answer.status >= 400]).toEqual([path, true]);
      if (host.startsWith("u"))
        expect([path, answer.status, answer.headers["content-type"]]).toEqual([path, expect.any(Number), "application/problem+json; charset=utf-8"]);
    }
  expect(reached()).toEqual([]);
});

test("a name that is no tenant's gets no certificate", async () => {
  for (const host of ["u3.localhost", "nobody.localhost", "elsewhere.example"]) await expect(home.call(host, "/")).rejects.toThrow(/alert/);
});

test("whoever is in a tenant's network gets nothing from Caddy", async () => {
  for (const host of ["u1.localhost", "console.localhost"])
    await expect(home.call(host, "/", { headers: bearer("token-of-u1"), from: "127.9.9.9" })).rejects.toThrow(/socket hang up|ECONNRESET/);
});

test("a tenant's token opens that tenant, from anywhere and as it comes; another's, and any of the home's, open nothing", async () => {
  const opened = await home.call("u1.localhost", "/v1/x", {
    method: "POST",
    headers: { ...bearer("token-of-u1"), origin: "https://elsewhere.example" },
    body: "hi",
  });
  expect([opened.status, home.servers["u1"]!.seen[0]?.headers.authorization, home.servers["u1"]!.seen[0]?.body]).toEqual([200, "Bearer token-of-u1", "hi"]);
  const made = await home.house.call("POST", "/api/tokens", {
    headers: { cookie: sessions["anna"]!, origin: home.consoleOrigin, "content-type": "application/json" },
    body: JSON.stringify({ name: "mine" }),
  });
  home.servers["u1"]!.seen.splice(0);
  for (const token of ["token-of-u2", "token-of-u", "", "token-of-u1x", ownerToken, made.json.token, "manager-token", "key-of-the-inner-entrance"]) {
    const answer = await home.call("u1.localhost", "/v1/x", { method: "POST", headers: bearer(token), body: "hi" });
    expect([token, answer.status]).toEqual([token, 401]);
  }
  // Not even with a pass beside it is a token of the home shown to a tenant.
  for (const token of [ownerToken, made.json.token]) {
    const answer = await home.call("u1.localhost", "/", { headers: { ...bearer(token), cookie: passes["anna u1"]! } });
    expect(answer.json.code).toBe("tenant.home-token");
  }
  expect(reached()).toEqual([]);
});

test("a tenant sees its own cookies and none of the home's, on every way there", async () => {
  const cookie = `a=1; ${passes["anna u1"]}; __Host-freehold=${"s".repeat(43)}; __HOST-Freehold-Visit=x; b="2;3"; freehold=mine`;
  const headers = { cookie, origin: home.originOf("u1.localhost") };
  await home.call("u1.localhost", "/page", { headers });
  const events = await home.open("u1.localhost", "/events", { ...headers, accept: "text/event-stream" });
  await events.chunks.next();
  events.leave();
  await opened(home.socket("u1.localhost", "/ws", headers));
  const seen = home.servers["u1"]!.seen;
  expect(seen.map(({ url, headers: { cookie: kept } }) => [url, kept])).toEqual(
    ["/page", "/events", "/ws"].map((url) => [url, 'a=1; b="2; 3"; freehold=mine']),
  );
  await home.call("u1.localhost", "/bare", { headers: { cookie: passes["anna u1"]! } });
  expect(home.servers["u1"]!.seen.at(-1)?.headers).not.toHaveProperty("cookie");
});

test("what a client says of itself in the home's own headers is forgotten", async () => {
  const forged = {
    "x-freehold-tenant": "u2",
    "x-freehold-client": "1.2.3.4",
    "x-freehold-cookie": "x=1",
    "x-freehold-door": "unreachable",
    "x-freehold-inner": "key-of-the-inner-entrance",
    "x-forwarded-for": "1.2.3.4",
    "x-forwarded-user": "owner",
    "x-forwarded-host": "u2.localhost",
    "x-forwarded-method": "GET",
    "x-forwarded-uri": "/.freehold/state",
    forwarded: "for=1.2.3.4",
    "x-real-ip": "1.2.3.4",
  };
  for (const more of [{}, { accept: "text/event-stream" }]) {
    expect((await home.call("u1.localhost", "/x", { headers: { ...forged, ...more } })).status).toBe(401);
    const events = await home.open("u1.localhost", "/events", { ...forged, ...more, ...bearer("token-of-u1") });
    await events.chunks.next();
    events.leave();
  }
  expect(reached()).toEqual(["u1", "u1"]);
  for (const { headers } of home.servers["u1"]!.seen) {
    expect(
      Object.keys(headers)
        .filter((name) => /^x-freehold|^x-forwarded|^forwarded|^x-real/.test(name))
        .toSorted(),
    ).toEqual(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]);
    // No loopback address, which OpenClaw would not take from a proxy.
    expect([headers["x-forwarded-for"], headers["x-forwarded-proto"], headers["x-forwarded-host"]]).toEqual([
      "203.0.113.9",
      "https",
      `u1.localhost:${home.httpsPort}`,
    ]);
    expect(headers.host).toBe(`u1.localhost:${home.httpsPort}`);
  }
});

test("the inner entrance knows the console by its key, and names no other service", async () => {
  const inner = (headers: Record<string, string>) =>
    request(`${home.innerUrl}/x`, { headers }).then(async (answer) => [answer.statusCode, await answer.body.text()]);
  for (const key of ["", "x", innerKey.slice(1), `${innerKey}x`]) expect((await inner({ "x-freehold-inner": key, "x-freehold-tenant": "u1" }))[0]).toBe(404);
  expect(reached()).toEqual([]);
  expect((await inner({ "x-freehold-inner": innerKey, "x-freehold-tenant": "u1", "x-freehold-client": "198.51.100.7" }))[0]).toBe(200);
  expect(home.servers["u1"]!.seen[0]?.headers).not.toHaveProperty("x-freehold-inner");
  for (const tenant of ["u1:80", "127.0.0.1"])
    expect((await inner({ "x-freehold-inner": innerKey, "x-freehold-tenant": tenant }))[0]).toBeGreaterThanOrEqual(400);
}, 60_000);

test("a tenant plants no cookie beyond its host, clears no sibling's, and can't be framed or embedded by one", async () => {
  const { headers } = await home.call("u1.localhost", "/hostile", { headers: bearer("token-of-u1") });
  expect([headers["set-cookie"]].flat().join("|")).not.toMatch(/domain/i);
  expect([headers["set-cookie"]].flat().map((cookie) => cookie?.split(";")[0])).toEqual(["planted=1", "own=2"]);
  expect(headers).not.toHaveProperty("clear-site-data");
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'",
  });
  expect(headers).not.toHaveProperty("server");
});

test("bodies beyond what a tenant takes are refused with 413, and header lines beyond 16 KB are not read", async () => {
  const headers = { ...bearer("token-of-u1") };
  expect((await home.call("u1.localhost", "/x", { headers: { ...headers, "x-long": "x".repeat(40_000) } })).status).toBe(431);
  const body = "x".repeat(100_000_001);
  const answer = await home.call("u1.localhost", "/x", { method: "POST", headers, body });
  expect([answer.status, answer.json?.code]).toEqual([413, "request.too-large"]);
});

/** Waits until a WebSocket answers what it is sent. */
async function opened(socket: ReturnType<TenantHome["socket"]>): Promise<void> {
  const said: string[] = [];
  const faults: unknown[] = [];
  socket.addEventListener("message", ({ data }) => void said.push(String(data)));
  socket.addEventListener("error", (fault) => void faults.push(fault));
  socket.addEventListener("open", () => socket.send("hello"));
  await until("the WebSocket's echo", () => {
    if (faults.length > 0) throw new Error("The WebSocket failed.");
    return said.includes("hello");
  });
  socket.close();
}
