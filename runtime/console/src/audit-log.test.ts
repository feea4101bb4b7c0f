import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { asJson, ownerToken, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { tidy } from "./housekeeping.ts";

let now = Date.parse("2026-11-21T10:00:00Z");
const nowhere = "http://127.0.0.1:1";
const day = 24 * 60 * 60_000;
let house: TestConsole;

beforeAll(async () => {
  house = await startConsole({ clock: { now: () => now }, upstreams: { worker: nowhere, backup: nowhere, gateway: nowhere } });
  await house.join("mira", "operator");
  await house.call("POST", "/api/session", asJson({ name: "mira", password: "wrong-secret" }, { "x-forwarded-for": "203.0.113.4" }));
}, 60_000);
afterAll(() => house.close());

const read = async (query = "") => {
  await house.audit();
  return house.call("GET", `/api/audit${query}`, { headers: { authorization: `Bearer ${ownerToken}` } });
};
const actionsOf = async (query: string) => (await read(query)).json.entries.map(({ action }: { action: string }) => action);

test("an entry says who did what, when, from where, and how it ended, the newest first", async () => {
  const { entries, nextCursor } = (await read()).json;
  expect(nextCursor).toBeNull();
  expect(entries).toMatchObject([
    { actor: "anonymous", member: null, action: "session.create", address: "203.0.113.4", status: 401, outcome: "refused" },
    { actor: "member", member: { name: "mira" }, action: "invitation.accept", status: 204, outcome: "done" },
    { actor: "owner-token", member: { id: "owner", name: "owner" }, action: "invitation.create", detail: "mira, operator", status: 201 },
  ]);
  expect(entries[0]).toMatchObject({ at: new Date(now).toISOString(), requestId: expect.stringMatching(/^[\w-]+$/), durationMs: expect.any(Number) });
  expect(JSON.stringify(entries)).not.toContain("wrong-secret");
});

test("every word of a search must occur somewhere; what SQL takes for a pattern is a plain letter", async () => {
  expect(await actionsOf("?search=MIRA%20invitation")).toEqual(["invitation.accept", "invitation.create"]);
  expect(await actionsOf("?search=mira%20203.0.113.4")).toEqual([]);
  expect(await actionsOf("?search=refused%20203.0.113")).toEqual(["session.create"]);
  for (const pattern of ["%25", "_____", "%5C", "'%20or%201=1"]) expect(await actionsOf(`?search=${pattern}`)).toEqual([]);
});

test("it is filtered by outcome, member and time", async () => {
  expect(await actionsOf("?outcome=refused")).toEqual(["session.create"]);
  expect(await actionsOf("?member=owner")).toEqual(["invitation.create"]);
  expect(await actionsOf(`?to=${new Date(now).toISOString()}`)).toEqual([]);
  expect(await actionsOf(`?from=${new Date(now).toISOString()}&outcome=done`)).toHaveLength(2);
});

test("pages join without a gap or a double, also while entries are added", async () => {
  const first = (await read("?limit=2")).json;
  await house.call("POST", "/api/session", asJson({ password: "wrong" }, { "x-forwarded-for": "203.0.113.5" }));
  const second = (await read(`?limit=2&cursor=${first.nextCursor}`)).json;
  expect([...first.entries, ...second.entries].map(({ action }) => action)).toEqual(["session.create", "invitation.accept", "invitation.create"]);
  expect(second.nextCursor).toBeNull();
});

test.each([
  "?limit=0",
  "?limit=201",
  "?cursor=x",
  "?cursor=99999999999999999999",
  "?outcome=maybe",
  "?from=yesterday",
  "?nonsense=1",
  `?search=${"x".repeat(201)}`,
])("a malformed question is refused: %s", async (query) => {
  expect((await read(query)).json.code).toBe("request.invalid");
});

test("a throttled caller's tries leave one row a minute, not one each", async () => {
  const address = { "x-forwarded-for": "203.0.113.66" };
  const count = async () => {
    await house.audit();
    const { rows } = await house.pool.query("select status, count(*)::int from audit where address = '203.0.113.66' group by status order by status");
    return rows;
  };
  for (let wrong = 1; wrong <= 12; wrong++) await house.call("POST", "/api/session", asJson({ password: "wrong" }, address));
  expect(await count()).toEqual([
    { status: 401, count: 5 },
    { status: 429, count: 1 },
  ]);
  now += 61_000;
  for (let wrong = 1; wrong <= 4; wrong++) await house.call("POST", "/api/session", asJson({ password: "wrong" }, address));
  expect(await count()).toEqual([
    { status: 401, count: 6 },
    { status: 429, count: 2 },
  ]);
});

test("entries are kept as long as the setting says, and no longer", async () => {
  await house.audit();
  await tidy(house.pool, 30, now + 29 * day);
  expect((await read()).json.entries.length).toBeGreaterThan(0);
  await tidy(house.pool, 30, now + 31 * day);
  expect((await read()).json.entries).toEqual([]);
});
