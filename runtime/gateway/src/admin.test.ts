import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startGateway, type TestGateway } from "./testing/fixtures.ts";

let gateway: TestGateway;
beforeAll(async () => (gateway = await startGateway({})));
afterAll(() => gateway.close());

test("a key is shown once; stored and listed is all but the key", async () => {
  const response = await gateway.admin("/admin/keys", { method: "POST", body: { name: "for a job", jobId: "j1", expiresAt: "2100-01-01T00:00:00Z" } });
  const made = (await response.json()) as { id: string; key: string };
  expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
  expect(made).toMatchObject({ name: "for a job", jobId: "j1", expiresAt: "2100-01-01T00:00:00.000Z", key: expect.stringMatching(/^fh_[\w-]{43}$/) });
  const listed = (await (await gateway.admin("/admin/keys?jobId=j1")).json()) as { keys: object[] };
  expect(listed.keys).toMatchObject([{ id: made.id, name: "for a job", jobId: "j1", revokedAt: null }]);
  expect(JSON.stringify(listed)).not.toContain(made.key);
});

test("revoking twice is revoking once, and an unknown id is said so", async () => {
  const { id } = await gateway.mint();
  const revoke = async (which: string) => (await gateway.admin(`/admin/keys/${which}`, { method: "DELETE" })).status;
  expect([await revoke(id), await revoke(id), await revoke("00000000-0000-4000-8000-000000000000"), await revoke("no-id")]).toEqual([204, 204, 404, 404]);
});

const well = { state: "closed", lastError: null, nextProbeAt: null, circuits: [] };

test("without a key the rehearsal model answers, and the owner can see that", async () => {
  expect(await (await gateway.admin("/admin/providers")).json()).toEqual({
    active: "rehearsal",
    providers: [
      { name: "anthropic", label: "Anthropic", kind: "anthropic", configured: false, active: false, keys: 0, ...well },
      { name: "rehearsal", label: "The rehearsal model", kind: "rehearsal", configured: true, active: true, keys: 1, ...well },
    ],
  });
});

test("the usage of a job that is not there is zero", async () => {
  expect(await gateway.usageOf("nobody")).toEqual({
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: 0,
    unpricedRequests: 0,
    providers: [],
  });
});

test.each([
  ["no name", {}, "name"],
  ["a time that is none", { name: "a", expiresAt: "tomorrow" }, "expiresAt"],
  ["a time that has passed", { name: "a", expiresAt: "2001-01-01T00:00:00Z" }, "expiresAt"],
  ["a field too much", { name: "a", admin: true }, "admin"],
  ["a name with a zero byte", { name: "a\u0000" }, "name"],
])("a wish for a key with %s is refused by name", async (_name, body, field) => {
  const response = await gateway.admin("/admin/keys", { method: "POST", body });
  expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/problem+json; charset=utf-8"]);
  expect(((await response.json()) as { detail: string }).detail).toContain(field);
});

test("the admin API is closed to everyone without its token, virtual keys included", async () => {
  const { key } = await gateway.mint();
  for (const authorization of [undefined, "Bearer wrong", `Bearer ${key}`]) {
    const response = await fetch(`${gateway.url}/admin/keys`, authorization === undefined ? {} : { headers: { authorization } });
    expect(response.status).toBe(401);
  }
});
