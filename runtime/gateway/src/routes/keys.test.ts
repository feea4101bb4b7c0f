import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startUpstream, answerJson, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { startGateway, wholeMessage, type TestGateway } from "../testing/fixtures.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
/** Another gateway on the same database. */
let other: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(answerJson(wholeMessage));
  const environment = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url };
  gateway = await startGateway(environment);
  other = await startGateway(environment, gateway.databaseUrl);
});
afterAll(async () => {
  await other.close();
  await gateway.close();
  await upstream.close();
});

const ask = async (key: string, at = gateway) => {
  const response = await fetch(`${at.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: '{"model":"claude-opus-5-5"}' });
  const { error } = (await response.json()) as { error?: { details: { error_code: string } } };
  return error?.details.error_code ?? response.status;
};
const patch = async (id: string, body: object) => {
  const response = await gateway.admin(`/admin/keys/${id}`, { method: "PATCH", body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const rotate = async (id: string, body: object = {}) => {
  const response = await gateway.admin(`/admin/keys/${id}/rotate`, { method: "POST", body });
  return { status: response.status, body: (await response.json()) as { key: string; previousValidUntil: string; code?: string } };
};

test("a key is made with rules, shown with them, and changed field by field", async () => {
  const rules = {
    tenant: "t",
    limits: { requestsPerMinute: 5 },
    budget: { dayUsd: 1, warnPercent: 90 },
    models: ["claude-*"],
    providers: ["anthropic"],
    cache: false,
  };
  const { id } = await gateway.mint(rules);
  const shown = async () => (await (await gateway.admin(`/admin/keys/${id}`)).json()) as object;
  expect(await shown()).toMatchObject({ ...rules, use: { requestsToday: 0, dayUsd: 0, monthUsd: 0 } });
  expect(await patch(id, { limits: { concurrent: 2 }, models: null, cache: null, name: "new" })).toMatchObject({
    status: 200,
    body: { name: "new", tenant: "t", limits: { concurrent: 2 }, budget: rules.budget, models: null, providers: ["anthropic"], cache: true },
  });
  await patch(id, { limits: null, budget: null, providers: null, tenant: null, expiresAt: "2100-01-01T00:00:00Z" });
  expect(await shown()).toMatchObject({ limits: null, budget: null, providers: null, tenant: null, expiresAt: "2100-01-01T00:00:00.000Z" });
  expect((await gateway.db.query("select rules from virtual_keys where id = $1", [id])).rows).toEqual([{ rules: null }]);
  expect((await patch(id, { expiresAt: null })).body).toMatchObject({ expiresAt: null });
});

test("a change holds for the next call here, and within a second elsewhere", async () => {
  const { id, key } = await gateway.mint();
  expect([await ask(key), await ask(key, other)]).toEqual([200, 200]);
  await patch(id, { models: ["claude-haiku-4-5"] });
  expect(await ask(key)).toBe("scope.model");
  const began = Date.now();
  while ((await ask(key, other)) === 200) expect(Date.now() - began).toBeLessThan(1_500);
});

test("a key that is replaced works with both texts until the time for changing over has passed", async () => {
  const { id, key } = await gateway.mint();
  const first = await rotate(id, { graceSeconds: 60 });
  expect([first.status, Date.parse(first.body.previousValidUntil) - Date.now() > 55_000]).toEqual([201, true]);
  expect([await ask(key), await ask(first.body.key), await ask(first.body.key, other)]).toEqual([200, 200, 200]);
  const second = await rotate(id, { graceSeconds: 0 });
  expect([await ask(key), await ask(first.body.key), await ask(second.body.key)]).toEqual(["key.replaced", "key.replaced", 200]);
  await other.usageOf();
  await gateway.usageOf();
  expect((await gateway.db.query("select 1 from requests where key_id = $1", [id])).rows.length).toBe(4);
  // A later, longer time does not bring a text back whose time is shorter.
  await rotate(id);
  expect(await ask(first.body.key)).toBe("key.replaced");
});

test("a revoked key is refused with all its texts at once, and can't be replaced", async () => {
  const { id, key } = await gateway.mint();
  const { body } = await rotate(id);
  await gateway.admin(`/admin/keys/${id}`, { method: "DELETE" });
  expect([await ask(key), await ask(body.key)]).toEqual(["key.revoked", "key.revoked"]);
  expect(await rotate(id)).toMatchObject({ status: 409, body: { code: "key.is-revoked" } });
});

test.each([
  ["a limit of nothing", { limits: { requestsPerMinute: 0 } }, "limits.requestsPerMinute"],
  ["half a request", { limits: { concurrent: 1.5 } }, "limits.concurrent"],
  ["a limit that is not known", { limits: { perMinute: 1 } }, "perMinute"],
  ["a negative budget", { budget: { dayUsd: -1 } }, "budget.dayUsd"],
  ["a share over all", { budget: { dayUsd: 1, warnPercent: 101 } }, "budget.warnPercent"],
  ["no model at all", { models: [] }, "models"],
  ["a star in the middle", { models: ["a*b"] }, "models.0"],
  ["a tenant without a name", { tenant: "" }, "tenant"],
  ["an expiry that has passed", { expiresAt: "2001-01-01T00:00:00Z" }, "expiresAt"],
  ["a field too much", { admin: true }, "admin"],
])("%s is refused by name, when made and when changed", async (_name, body, field) => {
  const { id } = await gateway.mint();
  const made = await gateway.admin("/admin/keys", { method: "POST", body: { name: "x", ...body } });
  const changed = await gateway.admin(`/admin/keys/${id}`, { method: "PATCH", body });
  for (const response of [made, changed]) {
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/problem+json; charset=utf-8"]);
    expect(((await response.json()) as { detail: string }).detail).toContain(field);
  }
});

test("a key that is not there can be neither shown, changed nor replaced", async () => {
  for (const id of ["00000000-0000-4000-8000-000000000000", "x"])
    expect([(await gateway.admin(`/admin/keys/${id}`)).status, (await patch(id, {})).status, (await rotate(id)).status]).toEqual([404, 404, 404]);
});

test("keys are listed by whose they are and whether they still work", async () => {
  const own = await gateway.mint({ name: "own" });
  const ofJob = await gateway.mint({ name: "of a job", jobId: "job-1" });
  const revoked = await gateway.mint({ name: "revoked" });
  const expired = await gateway.mint({ name: "expired" });
  await gateway.admin(`/admin/keys/${revoked.id}`, { method: "DELETE" });
  await gateway.db.query("update virtual_keys set expires_at = now() - interval '1 second' where id = $1", [expired.id]);
  const made = [own, ofJob, revoked, expired].map(({ id }) => id);
  const list = async (query: string) => {
    const { keys } = (await (await gateway.admin(`/admin/keys?${query}`)).json()) as { keys: { id: string; name: string }[] };
    return keys.filter(({ id }) => made.includes(id)).map(({ name }) => name);
  };
  expect(await list("of=owner&live=true")).toEqual(["own"]);
  expect(await list("of=jobs")).toEqual(["of a job"]);
  expect(await list("live=false")).toEqual(["expired", "revoked"]);
  expect(await list("")).toEqual(["expired", "revoked", "of a job", "own"]);
  expect((await gateway.admin("/admin/keys?live=perhaps")).status).toBe(400);
});
