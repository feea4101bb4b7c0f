import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { asJson, memberPassword, ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";

let now = Date.parse("2026-11-21T10:00:00Z");
const nowhere = "http://127.0.0.1:1";
let house: TestConsole;
let mira: string;
let noor: string;

beforeAll(async () => {
  house = await startConsole({ clock: { now: () => now }, upstreams: { worker: nowhere, backup: nowhere, gateway: nowhere } });
  mira = await house.join("mira", "operator");
  noor = await house.join("noor", "viewer");
}, 60_000);
afterAll(() => house.close());

const asOwner = { authorization: `Bearer ${ownerToken}` };
const by = (cookie: string) => ({ cookie, origin: publicOrigin });
const sessionsOf = async (headers: Record<string, string>, query = "") => (await house.call("GET", `/api/sessions${query}`, { headers })).json.sessions;
const idOf = async (name: string) =>
  (await house.call("GET", "/api/members", { headers: asOwner })).json.members.find((member: { name: string }) => member.name === name).id;
const isIn = async (cookie: string) => (await house.call("GET", "/api/session", { headers: { cookie } })).status === 200;
const again = (name: string) => house.signIn({ name, password: memberPassword });

test("a member sees their own sessions, ends one, and ends all but the one they use", async () => {
  const [second, third] = [await again("mira"), await again("mira")];
  const sessions = await sessionsOf({ cookie: mira });
  expect(sessions).toHaveLength(3);
  expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
  const ofSecond = (await sessionsOf({ cookie: second })).find(({ current }: { current: boolean }) => current);
  expect((await house.call("DELETE", `/api/sessions/${ofSecond.id}`, { headers: by(mira) })).status).toBe(204);
  expect([await isIn(mira), await isIn(second), await isIn(third)]).toEqual([true, false, true]);
  expect((await house.call("DELETE", "/api/sessions", { headers: by(mira) })).json).toEqual({ ended: 1 });
  expect([await isIn(mira), await isIn(third)]).toEqual([true, false]);
});

test("another's sessions are nobody's but theirs and the owner's", async () => {
  const [ofMira] = await sessionsOf({ cookie: mira });
  const miraId = await idOf("mira");
  expect((await house.call("DELETE", `/api/sessions/${ofMira.id}`, { headers: by(noor) })).json.code).toBe("request.unknown-id");
  expect((await house.call("GET", `/api/sessions?member=${miraId}`, { headers: { cookie: noor } })).status).toBe(404);
  expect((await house.call("DELETE", `/api/sessions?member=${miraId}`, { headers: by(noor) })).status).toBe(404);
  expect((await house.call("GET", "/api/sessions?member=owner", { headers: { cookie: mira } })).status).toBe(404);
  expect(await isIn(mira)).toBe(true);
  expect(await sessionsOf(asOwner, `?member=${miraId}`)).toHaveLength(1);
  const extra = await again("mira");
  await house.call("DELETE", `/api/sessions?member=${miraId}`, { headers: asOwner });
  expect([await isIn(mira), await isIn(extra)]).toEqual([false, false]);
  mira = await again("mira");
});

test("what is no session's id is no session, and breaks nothing", async () => {
  for (const id of ["nothing", "00000000-0000-0000-0000-000000000000"])
    expect((await house.call("DELETE", `/api/sessions/${id}`, { headers: by(mira) })).json.code).toBe("request.unknown-id");
});

test("a member changes their password with the present one, which ends their other sessions; guessing it is throttled", async () => {
  const other = await again("noor");
  const change = (current: string, password: string) => house.call("POST", "/api/password", asJson({ current, password }, by(noor)));
  expect((await change("wrong", "five words of a member")).json.code).toBe("password.wrong-current");
  expect((await change(memberPassword, "too short")).json.code).toBe("request.invalid");
  expect((await change(memberPassword, "five words of a member")).status).toBe(204);
  expect([await isIn(noor), await isIn(other)]).toEqual([true, false]);
  expect((await house.call("POST", "/api/session", asJson({ name: "noor", password: memberPassword }))).status).toBe(401);
  for (let wrong = 1; wrong <= 4; wrong++) expect((await change("wrong", "six words of one member")).status).toBe(422);
  expect((await change("five words of a member", "six words of one member")).json.code).toBe("auth.throttled");
  now += 10 * 60_000;
  expect((await change("five words of a member", memberPassword)).status).toBe(204);
});

test("the owner's password follows from the home's key and is not changed here", async () => {
  const answer = await house.call("POST", "/api/password", asJson({ current: "x", password: "another-password" }, asOwner));
  expect(answer.json).toMatchObject({ code: "password.of-home", detail: expect.stringContaining("npx freehold password") });
});

test("an API token is shown once, kept as a hash, does what its role allows, and says when it was used", async () => {
  const made = await house.call("POST", "/api/tokens", asJson({ name: "laptop", role: "viewer", expiresInDays: 7 }, by(mira)));
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ name: "laptop", role: "viewer", expiresAt: new Date(now + 7 * 86_400_000).toISOString(), lastUsedAt: null });
  expect(made.json.token).toMatch(/^fht_[\w-]{43}$/);
  const asLaptop = { authorization: `Bearer ${made.json.token}` };
  expect((await house.call("GET", "/api/session", { headers: asLaptop })).json.user).toMatchObject({ name: "mira", role: "viewer" });
  expect((await house.call("POST", "/api/jobs", { headers: asLaptop })).json.code).toBe("auth.not-allowed");
  const [listed] = (await house.call("GET", "/api/tokens", { headers: { cookie: mira } })).json.tokens;
  expect(listed).toMatchObject({ id: made.json.id, name: "laptop", lastUsedAt: new Date(now).toISOString() });
  expect(listed.token).toBeUndefined();
  const { rows } = await house.pool.query("select to_jsonb(t) as row from api_tokens t");
  expect(JSON.stringify(rows)).not.toContain(made.json.token);
  now += 7 * 86_400_000;
  mira = await again("mira");
  noor = await again("noor");
  const late = await house.call("GET", "/api/session", { headers: asLaptop });
  expect(late.json).toMatchObject({ code: "auth.bad-token", detail: expect.stringContaining("expired") });
});

test("nobody makes a token that can do more than they can; a token makes no token", async () => {
  expect((await house.call("POST", "/api/tokens", asJson({ name: "x", role: "operator" }, by(noor)))).json.code).toBe("token.too-much");
  expect((await house.call("POST", "/api/tokens", asJson({ name: "x", role: "owner" }, by(mira)))).json.code).toBe("token.too-much");
  const { token } = (await house.call("POST", "/api/tokens", asJson({ name: "x" }, by(mira)))).json;
  expect((await house.call("POST", "/api/tokens", asJson({ name: "y" }, { authorization: `Bearer ${token}` }))).json.code).toBe("auth.in-person");
});

test("a revoked token is refused at once, and its further use stands in the audit", async () => {
  const { token, id } = (await house.call("POST", "/api/tokens", asJson({ name: "lost" }, by(mira)))).json;
  expect((await house.call("DELETE", `/api/tokens/${id}`, { headers: by(noor) })).json.code).toBe("request.unknown-id");
  expect((await house.call("DELETE", `/api/tokens/${id}`, { headers: by(mira) })).status).toBe(204);
  await house.pool.query("delete from audit");
  expect((await house.call("GET", "/api/jobs", { headers: { authorization: `Bearer ${token}` } })).json.detail).toContain("revoked");
  expect(await house.audit()).toEqual([
    { actor: "api-token", action: "token.refused", target: "/api/jobs", address: "127.0.0.1", status: 401, outcome: "refused" },
  ]);
});

test.each([
  ["no name", {}],
  ["a name of blanks", { name: "  " }],
  ["a name with a line break", { name: "a\nb" }],
  ["a made-up role", { name: "x", role: "admin" }],
  ["a token without end", { name: "x", expiresInDays: 100_000 }],
])("a malformed wish for a token is refused: %s", async (_what, body) => {
  expect((await house.call("POST", "/api/tokens", asJson(body, by(mira)))).json.code).toBe("request.invalid");
});
