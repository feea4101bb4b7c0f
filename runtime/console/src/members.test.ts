import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { asJson, memberPassword, ownerPassword, ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";

let now = Date.parse("2026-11-21T10:00:00Z");
const nowhere = "http://127.0.0.1:1";
const hour = 60 * 60_000;
let house: TestConsole;

beforeAll(async () => {
  house = await startConsole({ clock: { now: () => now }, upstreams: { worker: nowhere, backup: nowhere, gateway: nowhere } });
}, 60_000);
afterAll(() => house.close());

const asOwner = { authorization: `Bearer ${ownerToken}` };
const by = (cookie: string) => ({ cookie, origin: publicOrigin });
const invite = (body: object) => house.call("POST", "/api/invitations", asJson(body, asOwner));
const accept = (token: string, password = memberPassword) => house.call("POST", "/api/invitations/accept", asJson({ token, password }));
const look = (token: string) => house.call("POST", "/api/invitations/look", asJson({ token }));
const tokenOf = (link: string) => link.split("#")[1]!;
const whoIs = async (cookie: string) => (await house.call("GET", "/api/session", { headers: { cookie } })).json;
const members = async () => (await house.call("GET", "/api/members", { headers: asOwner })).json.members;
const idOf = async (name: string) => (await members()).find((member: { name: string }) => member.name === name)?.id;
const signIn = (name: string, password: string, address = "198.51.100.7") =>
  house.call("POST", "/api/session", asJson({ name, password }, { "x-forwarded-for": address }));

test("an invitation's link keeps its token behind the #, tells whom it is for, and lets them in once, with a password of their own", async () => {
  const { status, json } = await invite({ name: "  Mira ", role: "operator" });
  expect(status).toBe(201);
  expect(json).toMatchObject({ name: "Mira", role: "operator", expiresAt: new Date(now + 72 * hour).toISOString() });
  expect(json.link).toMatch(/^https:\/\/console\.test\/invitation#[\w-]{43}$/);
  const token = tokenOf(json.link);
  expect((await look(token)).json).toEqual({ name: "Mira", role: "operator", kind: "member", expiresAt: json.expiresAt });
  const accepted = await accept(token);
  expect(accepted.status).toBe(204);
  expect(accepted.headers["set-cookie"]).toMatch(/^__Host-freehold=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  const cookie = String(accepted.headers["set-cookie"]).split(";")[0]!;
  expect(await whoIs(cookie)).toMatchObject({ user: { name: "Mira", role: "operator" } });
  expect((await accept(token)).json.code).toBe("invitation.over");
  expect((await look(token)).status).toBe(410);
  expect((await signIn("mira", memberPassword)).status).toBe(204);
  expect((await signIn("Mira", ownerPassword)).json.code).toBe("auth.wrong-password");
});

test("of two who use one link at the same moment one gets in", async () => {
  const token = tokenOf((await invite({ name: "twin", role: "viewer" })).json.link);
  const answers = await Promise.all([accept(token), accept(token), accept(token)]);
  expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([204, 410, 410]);
});

test("the database holds neither the link's token nor the password", async () => {
  const token = tokenOf((await invite({ name: "hidden", role: "viewer" })).json.link);
  await accept(token, "a rather secret sentence");
  const { rows } = await house.pool.query(
    "select to_jsonb(m) as row from members m union all select to_jsonb(i) from invitations i union all select to_jsonb(a) from audit a",
  );
  expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${token}|a rather secret sentence`));
});

test("a link that is taken back or too old opens nothing, and leaves no member", async () => {
  const back = (await invite({ name: "taken-back", role: "viewer" })).json;
  expect((await house.call("DELETE", `/api/invitations/${back.id}`, { headers: asOwner })).status).toBe(204);
  expect((await house.call("DELETE", `/api/invitations/${back.id}`, { headers: asOwner })).json.code).toBe("request.unknown-id");
  expect((await accept(tokenOf(back.link))).json.code).toBe("invitation.over");
  const old = (await invite({ name: "late", role: "viewer", expiresInHours: 1 })).json;
  now += hour;
  expect((await accept(tokenOf(old.link))).json.code).toBe("invitation.over");
  expect((await accept("A".repeat(43))).json.code).toBe("invitation.over");
  expect(await Promise.all([idOf("taken-back"), idOf("late")])).toEqual([undefined, undefined]);
});

test("a name is taken by members and by open invitations, whatever its case or its look-alike letters", async () => {
  await invite({ name: "Anna", role: "viewer" });
  for (const name of ["anna", "ANNA", "Ａnna"]) expect((await invite({ name, role: "viewer" })).json.code).toBe("member.name-taken");
  for (const name of ["owner", "Owner", "anonymous", "", " ", "-x", "a\nb", "a".repeat(65), "<script>"])
    expect((await invite({ name, role: "viewer" })).json.code).toBe("request.invalid");
});

test.each([
  ["an owner", { name: "second-owner", role: "owner" }],
  ["no role", { name: "x" }],
  ["a year", { name: "x", role: "viewer", expiresInHours: 9_000 }],
  ["more fields", { name: "x", role: "viewer", id: "owner" }],
])("nobody is invited as, or with, %s", async (_what, body) => {
  expect((await invite(body)).json.code).toBe("request.invalid");
});

test("a password of fewer than ten characters is refused, and the link still works", async () => {
  const token = tokenOf((await invite({ name: "short", role: "viewer" })).json.link);
  expect((await accept(token, "ninechars")).json.code).toBe("request.invalid");
  expect((await accept(token)).status).toBe(204);
});

test("another role holds from the next request on, for sessions and tokens alike; a token never has more than its member", async () => {
  const cookie = await house.join("riser", "operator");
  const { token } = (await house.call("POST", "/api/tokens", asJson({ name: "script", role: "operator" }, by(cookie)))).json;
  const change = (role: string) => idOf("riser").then((id) => house.call("PATCH", `/api/members/${id}`, asJson({ role }, asOwner)));
  const asToken = async () => (await house.call("GET", "/api/session", { headers: { authorization: `Bearer ${token}` } })).json.user.role;
  expect((await change("viewer")).json).toMatchObject({ name: "riser", role: "viewer" });
  expect([(await whoIs(cookie)).user.role, await asToken()]).toEqual(["viewer", "viewer"]);
  await change("operator");
  expect(await asToken()).toBe("operator");
  expect((await change("owner")).json.code).toBe("request.invalid");
});

test("a member who is removed is out at once, by session, token and password; the name is free, and the audit keeps it", async () => {
  const cookie = await house.join("leaver", "operator");
  const { token } = (await house.call("POST", "/api/tokens", asJson({ name: "script" }, by(cookie)))).json;
  const id = await idOf("leaver");
  const link = (await house.call("POST", `/api/members/${id}/password-link`, asJson({}, asOwner))).json.link;
  expect((await house.call("DELETE", `/api/members/${id}`, { headers: asOwner })).status).toBe(204);
  expect((await whoIs(cookie)).code).toBe("auth.required");
  expect((await house.call("GET", "/api/session", { headers: { authorization: `Bearer ${token}` } })).json.code).toBe("auth.bad-token");
  expect((await signIn("leaver", memberPassword, "198.51.100.8")).json.code).toBe("auth.wrong-password");
  expect((await accept(tokenOf(link))).json.code).toBe("invitation.over");
  expect((await house.call("DELETE", `/api/members/${id}`, { headers: asOwner })).json.code).toBe("request.unknown-id");
  const { entries } = (await house.call("GET", "/api/audit?search=leaver", { headers: asOwner })).json;
  expect(entries.map((entry: { action: string }) => entry.action)).toEqual(expect.arrayContaining(["member.remove", "token.create", "token.refused"]));
  const again = await house.join("leaver", "viewer");
  expect((await whoIs(again)).user).toMatchObject({ name: "leaver", role: "viewer" });
});

test("the owner can't be removed, changed or given a link", async () => {
  for (const [method, path] of [
    ["DELETE", "/api/members/owner"],
    ["PATCH", "/api/members/owner"],
    ["POST", "/api/members/owner/password-link"],
  ] as const)
    expect((await house.call(method, path, asJson(method === "PATCH" ? { role: "viewer" } : {}, asOwner))).json.code).toBe("member.is-owner");
  await expect(house.pool.query("update members set removed_at = now() where id = 'owner'")).rejects.toThrow(/check constraint/);
  await expect(house.pool.query("update members set role = 'owner' where id <> 'owner'")).rejects.toThrow(/check constraint/);
});

test("who lost their password sets another by a link, which ends their sessions; a newer link closes the older one", async () => {
  const cookie = await house.join("forgetful", "viewer");
  const id = await idOf("forgetful");
  const newLink = async () => tokenOf((await house.call("POST", `/api/members/${id}/password-link`, asJson({}, asOwner))).json.link);
  const [first, second] = [await newLink(), await newLink()];
  expect((await look(first)).json.code).toBe("invitation.over");
  expect((await look(second)).json).toMatchObject({ name: "forgetful", kind: "password" });
  expect((await accept(second, "another sentence")).status).toBe(204);
  expect((await whoIs(cookie)).code).toBe("auth.required");
  expect((await signIn("forgetful", memberPassword, "198.51.100.9")).status).toBe(401);
  expect((await signIn("forgetful", "another sentence", "198.51.100.9")).status).toBe(204);
  expect(await idOf("forgetful")).toBe(id);
});

test("signing in as oneself does not wash away wrong tries at another's password", async () => {
  await house.join("insider", "viewer");
  const address = "203.0.113.50";
  for (let round = 1; round <= 4; round++) {
    expect((await signIn("owner", `guess ${round}`, address)).status).toBe(401);
    expect((await signIn("insider", memberPassword, address)).status).toBe(204);
  }
  expect((await signIn("owner", "guess 5", address)).status).toBe(401);
  expect((await signIn("owner", "guess 6", address)).json.code).toBe("auth.throttled");
});

test("the list says who was here when, with how many sessions and tokens, the owner first", async () => {
  const all = await members();
  expect(all[0]).toMatchObject({ id: "owner", role: "owner" });
  expect(all.find(({ name }: { name: string }) => name === "riser")).toMatchObject({
    role: "operator",
    sessions: 1,
    tokens: 1,
    lastSeenAt: expect.stringMatching(/^2026/),
  });
});
