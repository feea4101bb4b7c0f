import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { asJson, ownerToken, publicOrigin, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";
import { ownRoutes, type OwnRoute } from "./own-routes.ts";
import { proxiedRoutes } from "./proxied-routes.ts";
import { mayAct, roles, type Role } from "./roles.ts";

let upstream: ScriptedUpstream;
let house: TestConsole;
const sessions: Partial<Record<Role, string>> = {};
const tokens: Partial<Record<Role, string>> = {};

beforeAll(async () => {
  upstream = await startUpstream(answerJson({ reached: true }));
  house = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: upstream.url, backup: upstream.url, gateway: upstream.url } });
  sessions.owner = await house.signIn();
  sessions.operator = await house.join("olga", "operator");
  sessions.viewer = await house.join("victor", "viewer");
  for (const role of roles) {
    const { json } = await house.call("POST", "/api/tokens", asJson({ name: "test", expiresInDays: 1 }, { cookie: sessions[role]!, origin: publicOrigin }));
    tokens[role] = json.token;
  }
}, 60_000);
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

const own: OwnRoute[] = Object.values(ownRoutes);
const behindTheDoor = [...own, ...proxiedRoutes].flatMap(({ method, path, role, ...rest }) =>
  role === "anyone" ? [] : [{ method: method.toUpperCase(), path: path.replaceAll(/:\w+/g, "none"), role, inPerson: "inPerson" in rest && rest.inPerson }],
);
const matrix = behindTheDoor.flatMap((route) => roles.map((caller) => [route.method, route.path, caller, route] as const));
// Each of these would end the session that the next row comes with.
const endsItself = (method: string, path: string) => method === "DELETE" && path === "/api/session";

test.each(matrix)("%s %s: a %s passes by session and by token if the table says so, and is refused unheard if not", async (method, path, caller, route) => {
  const may = mayAct(caller, route.role);
  const answers = [
    ...(may && endsItself(method, path)
      ? []
      : [{ by: "session", answer: await house.call(method, path, { headers: { cookie: sessions[caller]!, origin: publicOrigin } }) }]),
    { by: "token", answer: await house.call(method, path, { headers: { authorization: `Bearer ${tokens[caller]}` } }) },
  ];
  for (const { by, answer } of answers) {
    const expected = !may ? "auth.not-allowed" : route.inPerson && by === "token" ? "auth.in-person" : "passed";
    expect([by, answer.status === 403 ? answer.json.code : "passed"]).toEqual([by, expected]);
    expect(answer.status).not.toBe(401);
  }
  if (!may) expect(upstream.seen).toEqual([]);
});

test("what each role is kept from is this, whatever the table says", () => {
  const closedTo = (role: Role) => behindTheDoor.filter((route) => !mayAct(role, route.role)).map(({ method, path }) => `${method} ${path}`);
  // Somebody's assistant is made, changed, moved, brought back and removed by the owner alone.
  // Where notices go tells of everything that happens, and channels hold secrets, as credentials of repositories do; which there are may be known.
  const moneyKeysMembers =
    /^(\w+ \/api\/(members|invitations|audit|notices|models\/(keys|usage|requests))\b|(PUT|DELETE) \/api\/repositories\/credentials\b|(POST|PATCH|DELETE) \/api\/tenants(\/none(\/(keep|image|token|restore))?)?$)/;
  expect(closedTo("operator").filter((route) => !moneyKeysMembers.test(route))).toEqual([]);
  expect(
    behindTheDoor.map(({ method, path }) => `${method} ${path}`).filter((route) => moneyKeysMembers.test(route) && !closedTo("operator").includes(route)),
  ).toEqual([]);
  // A ticket opens a tenant that names whoever asks, and no other.
  const ofOneself = /^\w+ \/api\/(session|sessions(\/none)?|tokens(\/none)?|password|tenant-door\/tickets)$/;
  const changesOpenToViewers = behindTheDoor.filter(({ method, role }) => method !== "GET" && role === "viewer").map(({ method, path }) => `${method} ${path}`);
  expect(changesOpenToViewers.filter((route) => !ofOneself.test(route))).toEqual([]);
});

test("every route of the console's own that changes something has a name for the audit", () => {
  expect(own.filter(({ method, action, path }) => method !== "get" && action === undefined && path !== "/api/invitations/look")).toEqual([]);
});

test("a refusal for want of a role stands in the audit, with who it was", async () => {
  await house.pool.query("delete from audit");
  await house.call("POST", "/api/jobs", { headers: { cookie: sessions.viewer!, origin: publicOrigin } });
  await house.call("GET", "/api/audit", { headers: { authorization: `Bearer ${tokens.operator}` } });
  await house.audit();
  const { json } = await house.call("GET", "/api/audit", { headers: { authorization: `Bearer ${ownerToken}` } });
  expect(json.entries).toMatchObject([
    { actor: "api-token", member: { name: "olga" }, action: "request.read", target: "/api/audit", status: 403, outcome: "refused" },
    { actor: "member", member: { name: "victor" }, action: "job.create", target: "/api/jobs", status: 403, outcome: "refused" },
  ]);
});

test("a method that a path doesn't have is named as such, to members alone", async () => {
  expect((await house.call("PATCH", "/api/members")).json.code).toBe("auth.required");
  const answer = await house.call("PATCH", "/api/members", { headers: { cookie: sessions.viewer!, origin: publicOrigin } });
  expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD"]);
});
