import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Secret } from "@freehold/kernel/secret";
import { ownerPassword, ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { adoptPassword } from "./password.ts";

let now = Date.parse("2026-11-21T10:00:00Z");
const clock = { now: () => now };
const nowhere = "http://127.0.0.1:1";
let house: TestConsole;

beforeEach(async () => {
  house = await startConsole({ clock, upstreams: { worker: nowhere, backup: nowhere, gateway: nowhere } });
});
afterEach(() => house.close());

const json = { "content-type": "application/json" };
const tryPassword = (password: string, address?: string) =>
  house.call("POST", "/api/session", {
    headers: { ...json, ...(address === undefined ? {} : { "x-forwarded-for": address }) },
    body: JSON.stringify({ password }),
  });

test("the right password gives a cookie that scripts, other sites and plain HTTP can't have", async () => {
  const answer = await tryPassword(ownerPassword);
  expect(answer.status).toBe(204);
  expect(answer.headers["set-cookie"]).toMatch(/^__Host-freehold=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=604800$/);
});

test("the database holds only the hash of the session's token", async () => {
  const cookie = await house.signIn();
  const token = cookie.split("=")[1]!;
  const { rows } = await house.pool.query("select *, encode(token_sha256, 'hex') as hex from sessions");
  expect(rows).toHaveLength(1);
  expect(rows[0].token_sha256).toHaveLength(32);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("a session tells who one is, and ends when one signs out: the old cookie opens nothing", async () => {
  const cookie = await house.signIn();
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).json).toEqual({ user: { id: "owner", name: "owner", role: "owner" } });
  const out = await house.call("DELETE", "/api/session", { headers: { cookie, origin: publicOrigin } });
  expect(out.status).toBe(204);
  expect(out.headers["set-cookie"]).toMatch(/^__Host-freehold=; .*Max-Age=0$/);
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).status).toBe(401);
});

test("a session in use slides on, with a fresh cookie, and ends seven days after its last use", async () => {
  const cookie = await house.signIn();
  const days = 24 * 60 * 60_000;
  now += 6 * days;
  const used = await house.call("GET", "/api/session", { headers: { cookie } });
  expect(used.status).toBe(200);
  expect(used.headers["set-cookie"]).toContain(cookie);
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).headers["set-cookie"]).toBeUndefined();
  now += 6 * days;
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).status).toBe(200);
  now += 7 * days + 1;
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).json.code).toBe("auth.required");
});

test("a changed owner password ends every session at the next start; the same one keeps them", async () => {
  const cookie = await house.signIn();
  const same = await adoptPassword(house.pool, new Secret(ownerPassword), new Date(now));
  expect(same.changed).toBe(false);
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).status).toBe(200);
  const other = await adoptPassword(house.pool, new Secret("another-password"), new Date(now));
  expect(other.changed).toBe(true);
  expect((await house.call("GET", "/api/session", { headers: { cookie } })).status).toBe(401);
  expect((await tryPassword(ownerPassword)).json.code).toBe("auth.wrong-password");
  expect((await tryPassword("another-password")).status).toBe(204);
});

test("a wrong password is refused with the place where the right one is found", async () => {
  const answer = await tryPassword("wrong");
  expect(answer.status).toBe(401);
  expect(answer.json).toMatchObject({ code: "auth.wrong-password", detail: expect.stringContaining("npx freehold password") });
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
});

test.each([
  ["no body", undefined, 400],
  ["broken JSON", "{", 400],
  ["no password", "{}", 400],
  ["a number", '{"password":1}', 400],
  ["another field", '{"password":"x","role":"admin"}', 400],
  ["a very long one", JSON.stringify({ password: "x".repeat(1_001) }), 400],
  ["a huge body", JSON.stringify({ password: "x".repeat(20_000) }), 413],
])("a malformed sign-in (%s) is refused and costs no try", async (_what, body, status) => {
  const answer = await house.call("POST", "/api/session", { headers: json, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(status);
  expect((await house.pool.query("select * from sign_in_limits")).rows).toEqual([]);
});

test("after five wrong passwords an address waits, is told how long, and may try again then", async () => {
  for (let wrong = 1; wrong <= 5; wrong++) expect((await tryPassword("wrong")).status).toBe(401);
  const refused = await tryPassword(ownerPassword);
  expect(refused.status).toBe(429);
  expect(refused.headers["retry-after"]).toBe("60");
  expect(refused.json).toMatchObject({ code: "auth.throttled", retryAfterMs: 60_000, detail: expect.stringContaining("Wait 60 seconds") });
  now += 59_000;
  expect((await tryPassword(ownerPassword)).headers["retry-after"]).toBe("1");
  now += 1_000;
  expect((await tryPassword(ownerPassword)).status).toBe(204);
  expect((await tryPassword("wrong")).status).toBe(401);
});

test("forty wrong passwords at the same moment count as forty: five are looked at", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => tryPassword("wrong")));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
});

test("one address that is throttled leaves others alone; a /64 of IPv6 is one address", async () => {
  for (let wrong = 1; wrong <= 6; wrong++) await tryPassword("wrong", `2001:db8:0:1::${wrong}`);
  expect((await tryPassword(ownerPassword, "2001:db8:0:1::99")).status).toBe(429);
  expect((await tryPassword(ownerPassword, "2001:db8:0:2::1")).status).toBe(204);
});

test("wrong passwords from ever new addresses are throttled together, but an address known to be the owner's is spared", async () => {
  expect((await tryPassword(ownerPassword, "198.51.100.1")).status).toBe(204);
  await house.pool.query("update sign_in_limits set used_up_until = $1 where key = 'everyone'", [new Date(now + 50 * 2_000)]);
  const stranger = await tryPassword("wrong", "203.0.113.1");
  expect(stranger.json).toMatchObject({ code: "auth.throttled", retryAfterMs: 2_000, detail: expect.stringContaining("many addresses") });
  expect((await house.pool.query("select used_up_until <= $1 as free from sign_in_limits where key = 'address 203.0.113.1'", [new Date(now)])).rows).toEqual([
    { free: true },
  ]);
  expect((await tryPassword(ownerPassword, "198.51.100.1")).status).toBe(204);
});

test("a page of another site can't sign anybody in", async () => {
  const answer = await house.call("POST", "/api/session", {
    headers: { ...json, origin: "https://evil.example" },
    body: JSON.stringify({ password: ownerPassword }),
  });
  expect(answer.json.code).toBe("auth.foreign-origin");
});

test("sign-ins, wrong ones too, and sign-outs stand in the audit, without the password", async () => {
  await tryPassword("wrong-secret-word", "203.0.113.9");
  const cookie = await house.signIn();
  await house.call("DELETE", "/api/session", { headers: { cookie, origin: publicOrigin } });
  await house.call("DELETE", "/api/session", { headers: { authorization: `Bearer ${ownerToken}` } });
  const rows = await house.audit();
  expect(rows).toEqual([
    { actor: "anonymous", action: "session.create", target: "/api/session", address: "203.0.113.9", status: 401, outcome: "refused" },
    { actor: "owner", action: "session.create", target: "/api/session", address: "127.0.0.1", status: 204, outcome: "done" },
    { actor: "owner", action: "session.delete", target: "/api/session", address: "127.0.0.1", status: 204, outcome: "done" },
    { actor: "owner-token", action: "session.delete", target: "/api/session", address: "127.0.0.1", status: 204, outcome: "done" },
  ]);
  expect(JSON.stringify(rows)).not.toContain("wrong-secret-word");
});

test("while PostgreSQL is away a sign-in says so, with the cure; the token of the CLI still opens; and all is well once it is back", async () => {
  const wire = await startCuttableWire(new URL(process.env["FREEHOLD_TEST_POSTGRES"]!));
  const away = await startConsole({ clock, upstreams: { worker: nowhere, backup: nowhere, gateway: nowhere }, reachedBy: wire.through });
  try {
    const cookie = await away.signIn();
    wire.cut();
    const refused = await away.call("GET", "/api/session", { headers: { cookie } });
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({ code: "database.away", detail: expect.stringContaining("freehold -- status") });
    expect((await away.call("GET", "/health/ready")).status).toBe(503);
    expect((await away.call("GET", "/health")).status).toBe(200);
    expect((await away.call("GET", "/api/session", { headers: { authorization: `Bearer ${ownerToken}` } })).status).toBe(200);
    wire.mend();
    expect((await away.call("GET", "/api/session", { headers: { cookie } })).status).toBe(200);
  } finally {
    await away.close();
    await wire.close();
  }
});

/** A TCP connection to PostgreSQL that can be cut, as when the database restarts. */
async function startCuttableWire(to: URL) {
  let whole = true;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => near.destroy() && far.destroy()).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const through = (databaseUrl: string) => Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }).href;
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return { through, cut, mend: () => void (whole = true), close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
