import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { startManager, type RunningManager } from "../testing/manager-place.ts";
import { MemoryBox } from "../testing/memory-box.ts";
import { Neighbours } from "../testing/neighbours.ts";
import { openWay } from "../testing/way.ts";

const neighbours = new Neighbours();
let database: TestDatabase;
let box: MemoryBox;
let manager: RunningManager;
const environment = () => ({ DATABASE_URL: database.url, GATEWAY_URL: neighbours.url, BACKUP_URL: neighbours.url });

beforeAll(() => neighbours.start());
beforeEach(async () => {
  neighbours.keys.clear();
  database = await createTestDatabase();
  box = new MemoryBox(() => Date.now());
  manager = await startManager(box, environment());
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
});
afterEach(async () => {
  await manager.stop();
  await database.drop();
});
afterAll(() => neighbours.stop());

const state = async (id: string) => (await manager.call("GET", `/tenants/${id}`)).body["state"];
const reaches = (id: string, wanted: string) => until(`${id} to be ${wanted}`, async () => (await state(id)) === wanted);
const provide = async (id: string, more: object = {}) => {
  const answer = await manager.call("POST", "/tenants", { id, ...more }, { "x-freehold-actor": "Anna%20M%C3%BCller" });
  await reaches(id, "asleep");
  return answer;
};

test("a visitor finds the door, wakes the tenant and waits until it is awake", async () => {
  const { status, body } = await provide("anna", { people: ["anna"], domains: ["assistant.example.org"] });
  expect(status).toBe(201);
  const door = { id: "anna", state: "asleep", upstream: "tenant-anna:18789", people: ["anna"] };
  const tokenHash = createHash("sha256").update(String(body["token"])).digest("hex");
  for (const host of ["anna.home.example", "anna.home.example:8443", "ANNA.home.example.", "assistant.example.org", "anna"])
    expect((await manager.call("GET", `/doors/${host}`)).body).toEqual({ ...door, tokenHash });
  box.startMs = 100;
  expect((await manager.call("POST", "/doors/anna/awake", { waitMs: 20_000 })).body).toEqual({ state: "awake" });
  expect((await manager.call("POST", "/doors/anna/active", { streams: 1 })).status).toBe(204);
  expect((await manager.call("GET", "/doors/ask?domain=assistant.example.org")).status).toBe(200);
});

test("no tenant is at a host that is not exactly its own", async () => {
  await provide("anna");
  const hosts = ["bob.home.example", "console.home.example", "home.example", "x.anna.home.example", "other.example.org", "%00", "anna.home.example.evil.org"];
  for (const host of hosts) {
    expect([400, 404]).toContain((await manager.call("GET", `/doors/${host}`)).status);
    expect([400, 404]).toContain((await manager.call("GET", `/doors/ask?domain=${host}`)).status);
  }
});

test("one that a person stopped is not woken by a visitor, but by a person", async () => {
  await provide("anna");
  await manager.call("POST", "/tenants/anna/stop", {});
  await reaches("anna", "stopped");
  expect((await manager.call("POST", "/doors/anna/awake", { waitMs: 5_000 })).body).toEqual({ state: "stopped" });
  expect((await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 })).body).toMatchObject({ state: "awake" });
});

test("[T13] a frozen tenant is paused until it is given back, or until its lease runs out", async () => {
  await provide("anna");
  await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 });
  const { body } = await until("a lease", async () => {
    const answer = await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 30_000 });
    return answer.status === 200 && answer;
  });
  expect(body).toMatchObject({ frozen: true });
  expect(box.get("anna")?.state).toBe("paused");
  expect((await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 1_000 })).body).toMatchObject({ code: "tenant.leased" });
  expect((await manager.call("POST", "/tenants/anna/thaw", { lease: body["lease"] })).body).toEqual({ pausedMs: expect.any(Number) });
  expect(box.get("anna")?.state).toBe("running");
  const short = await until("a short lease", async () => {
    const answer = await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 100 });
    return answer.status === 200 && answer;
  });
  await until("the end of the lease", () => box.get("anna")?.state === "running");
  expect((await manager.call("POST", "/tenants/anna/thaw", { lease: short.body["lease"] })).body).toMatchObject({ code: "lease.over" });
});

test("[T13] one that sleeps is not woken while its files are copied", async () => {
  await provide("anna");
  const { body } = await until("a lease", async () => {
    const answer = await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 30_000 });
    return answer.status === 200 && answer;
  });
  expect(body).toMatchObject({ frozen: false });
  await manager.call("POST", "/tenants/anna/start", { waitMs: 300 });
  expect(box.get("anna")).toBeUndefined();
  await manager.call("POST", "/tenants/anna/thaw", { lease: body["lease"] });
  await reaches("anna", "awake");
});

test("[T12] of two managers one leads; when it ends the other one takes over and un-pauses what it finds", async () => {
  await provide("anna");
  await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 });
  const other = await startManager(box, environment());
  await until("the other one", async () => (await other.call("GET", "/tenants")).status === 200);
  expect((await other.call("POST", "/tenants/anna/freeze", { leaseMs: 1_000 })).body).toMatchObject({ code: "manager.not-leading" });
  await box.pause("anna");
  await manager.stop();
  manager = other;
  await until("the tenant to go on", () => box.get("anna")?.state === "running");
});

test("[T11] without the database jobs' manager is alive, tenants answer 503, and a paused one still goes on", async () => {
  await manager.stop();
  const way = await openWay(database.url);
  manager = await startManager(box, { ...environment(), DATABASE_URL: way.url });
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
  await provide("anna");
  await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 });
  const { body } = await until("a lease", async () => {
    const answer = await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 30_000 });
    return answer.status === 200 && answer;
  });
  way.close();
  expect((await manager.call("GET", "/tenants/anna")).body).toMatchObject({ code: "database.away", status: 503 });
  expect((await manager.call("GET", "/health")).status).toBe(200);
  expect((await manager.call("POST", "/tenants/anna/thaw", { lease: body["lease"] })).status).toBe(200);
  expect(box.get("anna")?.state).toBe("running");
  way.open();
  await until("its return", async () => (await manager.call("POST", "/tenants/anna/stop", {})).status === 200);
  await reaches("anna", "stopped");
  await manager.stop();
  manager = await startManager(box, environment());
  await way.end();
}, 40_000);

test("[T9] a restored home is in its place when the answer comes", async () => {
  await provide("anna");
  box.folders.add(".restore/anna-1");
  const { status, body } = await manager.call("POST", "/tenants/anna/restored", { folder: "/tenants/.restore/anna-1" });
  expect([status, body["problem"]]).toEqual([200, null]);
  expect(box.homes.get("anna")).toBe(".restore/anna-1");
  const gone = await manager.call("POST", "/tenants/anna/restored", { folder: ".restore/anna-1" });
  expect(gone.body["problem"]).toMatchObject({ code: "tenant.folder-missing" });
});

test("[T9] a drill starts a restored home in a tenant that nobody sees, and leaves nothing", async () => {
  box.folders.add(".restore/anna-1");
  expect((await manager.call("POST", "/drills", { folder: ".restore/anna-1" })).body).toEqual({ ready: true, problem: null, ms: expect.any(Number) });
  expect([...box.plans.values()].map(({ internet }) => internet)).toEqual([false]);
  expect((await manager.call("GET", "/tenants")).body).toMatchObject({ tenants: [] });
  await until("its end", () => box.homes.size === 0 && box.containers.size === 0 && neighbours.keys.size === 0);
  const { body } = await manager.call("POST", "/drills", { folder: ".restore/missing" });
  expect(body).toMatchObject({ ready: false, problem: expect.stringContaining("There is no .restore/missing") });
  await until("its end too", () => box.homes.size === 0);
});

test("a restore into a tenant that is not there makes it, as large as the other", async () => {
  await provide("anna", { memoryMb: 2_048, people: ["anna"] });
  const { status } = await manager.call("POST", "/tenants/anna/restore", { at: "2026-11-20", into: "bella" });
  expect(status).toBe(202);
  expect(neighbours.restores.at(-1)).toEqual({ path: "/tenants/anna/restores", body: { at: "2026-11-20", into: "bella" } });
  expect((await manager.call("GET", "/tenants/bella")).body).toMatchObject({ memoryMb: 2_048, people: ["anna"] });
  expect((await manager.call("POST", "/tenants/anna/backup", {})).status).toBe(201);
  expect((await manager.call("GET", "/tenants/anna")).body["lastBackupAt"]).not.toBeNull();
});

test("[T14] one whose files outgrow its disk is stopped", async () => {
  await provide("anna", { diskMb: 300 });
  await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 });
  box.disk.set("anna", 301);
  await reaches("anna", "stopped");
  expect((await manager.call("GET", "/tenants/anna")).body).toMatchObject({ problem: { code: "tenant.disk-full" }, usage: { diskMb: 301 } });
});

test("[T16] each change is an event with who wanted it", async () => {
  await provide("anna");
  await manager.call("POST", "/tenants/anna/stop", {}, { "x-freehold-actor": "owner" });
  await reaches("anna", "stopped");
  const { events } = (await manager.call("GET", "/tenants/anna/events")).body as { events: { kind: string; actor: string }[] };
  expect(events.map(({ kind, actor }) => [kind, actor])).toEqual([
    ["stop-wanted", "manager"],
    ["stop", "owner"],
    ["prepared", "manager"],
    ["key-made", "manager"],
    ["provisioned", "Anna Müller"],
  ]);
});

test("[T15] a new token opens the door, the old one no more, and the database has neither in clear", async () => {
  const first = String((await provide("anna")).body["token"]);
  const second = String((await manager.call("POST", "/tenants/anna/token", {})).body["token"]);
  const { tokenHash } = (await manager.call("GET", "/doors/anna")).body;
  expect([first, second].map((token) => createHash("sha256").update(token).digest("hex") === tokenHash)).toEqual([false, true]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query("select * from tenants");
  await client.end();
  const text = JSON.stringify(rows);
  expect([first, second, "fh_key"].filter((secret) => text.includes(secret))).toEqual([]);
});

test("[T1] a tenant's key may use the home's models alone, and is told when they are others", async () => {
  await provide("anna");
  const models = () => [...neighbours.keys.values()].map((key) => key.models);
  expect(models()).toEqual([["claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"]]);
  await manager.stop();
  manager = await startManager(box, { ...environment(), TENANT_MODELS: "claude-haiku-4-5" });
  await until("the gateway to be told", () => models()[0]?.length === 1);
  expect(models()).toEqual([["claude-haiku-4-5"]]);
});

test("plain routes do the same for scripts", async () => {
  expect((await manager.call("POST", "/provision", { id: "anna" })).status).toBe(201);
  await reaches("anna", "asleep");
  expect((await manager.call("POST", "/restart", { id: "anna" })).status).toBe(200);
  await reaches("anna", "awake");
  expect((await manager.call("GET", "/status?id=anna")).body).toMatchObject({ id: "anna", state: "awake", generation: 2 });
  expect((await manager.call("POST", "/backup", { id: "anna" })).status).toBe(201);
  expect((await manager.call("POST", "/restore", { id: "anna", date: "2026-11-20" })).status).toBe(202);
  expect((await manager.call("DELETE", "/deprovision", { id: "anna" })).body).toMatchObject({ desired: "removed" });
  await reaches("anna", "removing");
});

test("usage shows what it takes of the machine and of the models", async () => {
  await provide("anna");
  await manager.call("POST", "/tenants/anna/start", { waitMs: 20_000 });
  expect((await manager.call("GET", "/tenants/anna/usage")).body).toMatchObject({
    memoryMb: 800,
    memoryLimitMb: 1_280,
    models: { today: { requests: 2, costUsd: 0.25 }, month: { outputTokens: 20 } },
  });
  expect((await manager.call("GET", "/tenants/anna/logs")).body).toEqual({ text: "anna said something\n" });
  expect((await manager.call("GET", "/tenants/anna/diagnostics")).body).toEqual({ findings: [] });
});

test("without the token there is nothing, and a home without tenants says so", async () => {
  expect((await manager.call("GET", "/tenants", undefined, { authorization: "Bearer wrong" })).status).toBe(401);
  const jobsOnly = await startManager(box, {});
  expect((await jobsOnly.call("GET", "/tenants")).body).toMatchObject({ code: "tenants.off" });
  expect((await jobsOnly.call("GET", "/doors/anna")).body).toMatchObject({ code: "tenants.off" });
  await jobsOnly.stop();
});
