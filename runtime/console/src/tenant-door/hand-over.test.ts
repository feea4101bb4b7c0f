import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { asJson } from "../../../../tests/support/console.ts";
import { navigation, startTenantHome, type TenantHome } from "../../../../tests/support/tenant-home.ts";
import { until } from "../../../../tests/support/until.ts";

let home: TenantHome;
let owner: string;
let anna: string;
beforeAll(async () => {
  home = await startTenantHome({ ids: ["u1", "u2"] });
  home.manager.add({ id: "u1", people: ["anna"], domains: ["assistant.example.org"] });
  home.manager.add({ id: "u2", people: ["anna"] });
  owner = await home.house.signIn();
  anna = await home.house.join("anna", "viewer");
}, 120_000);
beforeEach(() => {
  for (const { seen } of Object.values(home.servers)) seen.splice(0);
  home.manager.add({ id: "u1", people: ["anna"], domains: ["assistant.example.org"] });
});
afterAll(() => home.close());

const cookieOf = (headers: Record<string, unknown>) => String([headers["set-cookie"]].flat()[0]);
const ticketFor = async (body: object, cookie = anna, more: Record<string, string> = {}) =>
  home.call("console.localhost", "/api/tenant-door/tickets", { method: "POST", ...asJson(body, { cookie, origin: home.consoleOrigin, ...more }) });

/** As far as the tenant's host with a ticket in hand. */
async function withTicket(host = "u1.localhost", path = "/"): Promise<{ url: URL; visit: string }> {
  const sent = await home.call(host, path, { headers: navigation });
  const { json } = await ticketFor(Object.fromEntries(new URL(String(sent.headers["location"])).searchParams));
  return { url: new URL(json.url), visit: cookieOf(sent.headers).split(";")[0]! };
}
const exchange = ({ url, visit }: { url: URL; visit: string }, host = url.hostname) =>
  home.call(host, url.pathname + url.search, { headers: { ...navigation, cookie: visit } });

test("both cookies are the host's own, closed to scripts, and end; the console's never leaves the console", async () => {
  const sent = await home.call("u1.localhost", "/", { headers: navigation });
  expect(cookieOf(sent.headers)).toMatch(/^__Host-freehold-visit=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const entered = await exchange(await withTicket());
  expect(cookieOf(entered.headers)).toMatch(/^__Host-freehold-pass=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800$/);
  expect([entered.headers["cache-control"], entered.headers["referrer-policy"]]).toEqual(["no-store", "no-referrer"]);
});

test("a ticket works once", async () => {
  const way = await withTicket();
  expect((await exchange(way)).status).toBe(303);
  expect((await exchange(way)).status).toBe(403);
});

test("a ticket works for the browser that asked for it, and for no other", async () => {
  const { url } = await withTicket();
  const other = await home.call("u1.localhost", "/", { headers: navigation });
  for (const visit of ["", "__Host-freehold-visit=", cookieOf(other.headers).split(";")[0]!]) expect((await exchange({ url, visit })).status).toBe(403);
});

test("a ticket works at its own host alone", async () => {
  const { url, visit } = await withTicket("u1.localhost");
  expect((await exchange({ url, visit }, "u2.localhost")).status).toBe(403);
  expect((await exchange({ url, visit })).status).toBe(303);
});

test("a ticket is over after half a minute", async () => {
  const way = await withTicket();
  await home.house.pool.query("update tenant_tickets set expires_at = expires_at - interval '30 seconds'");
  expect((await exchange(way)).status).toBe(403);
});

test("a ticket is over when its session has ended", async () => {
  const way = await withTicket();
  await home.house.pool.query("update sessions set revoked_at = now() where member_id <> 'owner'");
  expect((await exchange(way)).status).toBe(403);
  await home.house.pool.query("update sessions set revoked_at = null");
});

test("of tickets and passes the database holds the SHA-256 alone", async () => {
  const pass = await home.enter("u1.localhost", anna);
  const { rows } = await home.house.pool.query(
    "select encode(token_sha256, 'escape') as token from tenant_passes union all select encode(token_sha256, 'escape') from tenant_tickets",
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every(({ token }) => !pass.includes(String(token)))).toBe(true);
});

test.each([
  "//evil.example/",
  "/\\evil.example",
  "https://evil.example/",
  "/\t/evil.example",
  "evil.example",
  "/%2f/..//evil.example",
  "/..//evil.example",
  "/.freehold/enter?ticket=x",
  "/.freehold",
  "/a/../.freehold/state",
  "javascript:alert(1)",
])("no way in leads to %p", async (path) => {
  const { json } = await ticketFor({ host: "u1.localhost", path, visit: "v".repeat(43) });
  const { rows } = await home.house.pool.query("select path from tenant_tickets order by expires_at desc limit 1");
  expect(new URL(json.url).origin).toBe(home.originOf("u1.localhost"));
  const to = new URL(home.originOf("u1.localhost") + rows[0].path);
  expect([to.origin, to.pathname.startsWith("/.freehold")]).toEqual([home.originOf("u1.localhost"), false]);
});

test("the console gives tickets to its own pages alone, and to no program", async () => {
  const body = { host: "u1.localhost", path: "/", visit: "v".repeat(43) };
  for (const origin of [home.originOf("u1.localhost"), "https://evil.example", "null"])
    expect((await ticketFor(body, owner, { origin })).json.code).toBe("auth.foreign-origin");
  const { json } = await home.call("console.localhost", "/api/tokens", {
    method: "POST",
    ...asJson({ name: "x" }, { cookie: anna, origin: home.consoleOrigin }),
  });
  const byToken = await home.call("console.localhost", "/api/tenant-door/tickets", {
    method: "POST",
    ...asJson(body, { authorization: `Bearer ${json.token}` }),
  });
  expect([byToken.status, byToken.json.code]).toEqual([403, "auth.in-person"]);
});

test("a console's cookie that is brought to a tenant's host opens nothing there", async () => {
  for (const name of ["__Host-freehold", "__Host-freehold-pass"])
    expect((await home.call("u1.localhost", "/x", { headers: { cookie: `${name}=${owner.split("=")[1]}` } })).status).toBe(401);
});

const fetched = (site: string, mode = "cors", dest = "empty") => ({ "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest });
test("siblings are same-site, and pass no more than strangers: what a page of theirs sends with the cookie is refused", async () => {
  const cookie = await home.enter("u1.localhost", anna);
  const own = home.originOf("u1.localhost");
  const sibling = home.originOf("u2.localhost");
  const asked = async (method: string, headers: Record<string, string>) =>
    (await home.call("u1.localhost", "/x", { method, headers: { cookie, ...headers } })).status;
  for (const origin of [sibling, "https://evil.example", "null", own.replace("https", "http")])
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) expect([origin, await asked(method, { origin, ...fetched("same-site") })]).toEqual([origin, 403]);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) expect([method, await asked(method, {})]).toEqual([method, 403]);
  for (const site of ["same-site", "cross-site"]) {
    expect(await asked("GET", fetched(site))).toBe(403);
    expect(await asked("GET", fetched(site, "no-cors", "image"))).toBe(403);
    expect(await asked("GET", fetched(site, "no-cors", "script"))).toBe(403);
    expect(await asked("GET", fetched(site, "navigate", "iframe"))).toBe(403);
    expect(await asked("GET", { accept: "text/event-stream", ...fetched(site) })).toBe(403);
    expect(await asked("POST", { origin: sibling, ...fetched(site, "navigate", "document") })).toBe(403);
    // Somebody follows a link.
    expect(await asked("GET", fetched(site, "navigate", "document"))).toBe(200);
  }
  expect(await asked("GET", { origin: sibling })).toBe(403);
  expect(await asked("POST", { origin: own, ...fetched("same-origin") })).toBe(200);
  expect(await asked("POST", { origin: "null", ...fetched("same-origin", "navigate", "document") })).toBe(200);
  expect(home.servers["u1"]!.seen.map(({ method }) => method)).toEqual(["GET", "GET", "POST", "POST"]);
});

test("a WebSocket opens for the tenant's own pages alone", async () => {
  const cookie = await home.enter("u1.localhost", anna);
  const ends = (headers: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const socket = home.socket("u1.localhost", "/ws", headers);
      socket.addEventListener("open", () => {
        resolve("open");
        socket.close();
      });
      socket.addEventListener("error", () => resolve("refused"));
    });
  for (const origin of [undefined, "null", home.originOf("u2.localhost"), home.consoleOrigin, "https://evil.example"])
    expect([origin, await ends({ cookie, ...(origin !== undefined && { origin }) })]).toEqual([origin, "refused"]);
  expect(await ends({ origin: home.originOf("u1.localhost") })).toBe("refused");
  expect(home.servers["u1"]!.seen).toEqual([]);
  expect(await ends({ cookie, origin: home.originOf("u1.localhost") })).toBe("open");
  expect(await ends({ authorization: "Bearer token-of-u1" })).toBe("open");
});

/** Asks until the answer is the expected one: what was taken away may hold on for a second. */
const untilStatus = (cookie: string, status: number) =>
  until(`status ${status}`, async () => (await home.call("u1.localhost", "/x", { headers: { cookie } })).status === status, { timeoutMs: 5_000 });

test("a pass ends with its person's name, its session, its member, and comes back with none of them", async () => {
  const cookie = await home.enter("u1.localhost", anna);
  await untilStatus(cookie, 200);
  home.manager.add({ id: "u1", people: ["bert"] });
  await untilStatus(cookie, 403);
  home.manager.add({ id: "u1", people: ["ANNA"] });
  await untilStatus(cookie, 200);
  const other = await home.house.join("bert", "viewer");
  home.manager.add({ id: "u1", people: ["bert", "anna"] });
  await until("bert's name to be known", async () => (await ticketFor({ host: "u1.localhost", path: "/", visit: "v".repeat(43) }, other)).status === 201);
  const bert = await home.enter("u1.localhost", other);
  await home.call("console.localhost", "/api/session", { method: "DELETE", headers: { cookie: other, origin: home.consoleOrigin } });
  await untilStatus(bert, 401);
  const { rows } = await home.house.pool.query("select id from members where name = 'anna'");
  await home.call("console.localhost", `/api/members/${rows[0].id}`, { method: "DELETE", headers: { cookie: owner, origin: home.consoleOrigin } });
  await untilStatus(cookie, 401);
  anna = await home.house.join("anna", "viewer");
  expect((await home.call("u1.localhost", "/x", { headers: { cookie } })).status).toBe(401);
});

test("a tenant's own domain gets a certificate within five seconds, and the same door", async () => {
  await expect(home.call("other.example.org", "/")).rejects.toThrow(/alert/);
  const began = performance.now();
  const sent = await home.call("assistant.example.org", "/hello", { headers: navigation });
  expect(performance.now() - began).toBeLessThan(5_000);
  expect([sent.status, new URL(String(sent.headers["location"])).searchParams.get("host")]).toEqual([302, "assistant.example.org"]);
  const cookie = await home.enter("assistant.example.org", owner);
  expect((await home.call("assistant.example.org", "/hello", { headers: { cookie } })).text).toContain("Tenant u1");
  expect((await home.call("u1.localhost", "/hello", { headers: { cookie } })).status).toBe(401);
});

test("each way in is in the audit log, with who and where", async () => {
  await home.enter("u2.localhost", owner);
  const { rows } = await home.house.pool.query(
    "select action, member_name, detail, outcome from audit where action = 'tenant.enter' and outcome is not null order by id desc limit 1",
  );
  expect(rows).toEqual([{ action: "tenant.enter", member_name: "owner", detail: "u2.localhost", outcome: "done" }]);
});
