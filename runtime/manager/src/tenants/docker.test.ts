import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStandIn, createBoxHome, type BoxHome } from "../../../../tests/support/box-home.ts";
import { docker } from "../../../../tests/support/job-place.ts";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { startManager, type RunningManager } from "../testing/manager-place.ts";
import { Neighbours } from "../testing/neighbours.ts";

const neighbours = new Neighbours();
let home: BoxHome;
let database: TestDatabase;
let manager: RunningManager;
const image = () => buildStandIn();
const start = (tenantImage: string) =>
  startManager(home.box, {
    DATABASE_URL: database.url,
    GATEWAY_URL: neighbours.url,
    BACKUP_URL: neighbours.url,
    TENANT_IMAGE: tenantImage,
    TENANT_SUBNETS: "10.215.0.0/20",
    TENANT_POLL_MS: "200",
    TENANT_REST_MS: "500",
    TENANT_SAMPLE_MS: "600000",
  });
const wait = { timeoutMs: 60_000, everyMs: 200 };
const tenant = async (id: string) => (await manager.call("GET", `/tenants/${id}`)).body;
const reaches = (id: string, wanted: string) => until(`${id} to be ${wanted}`, async () => (await tenant(id))["state"] === wanted, wait);
const leftovers = (id: string) => [
  ...docker("ps", "--all", "--quiet", "--filter", `name=^${home.nameOf(id)}$`).split("\n"),
  ...docker("network", "ls", "--quiet", "--filter", `name=^${home.nameOf(id)}$`).split("\n"),
];
let standIn = "";

beforeAll(async () => {
  standIn = image();
  home = createBoxHome("core", { tenantImage: standIn, range: "10.215" });
  database = await createTestDatabase();
  await neighbours.start();
  manager = await start(standIn);
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
}, 240_000);
afterAll(async () => {
  await manager.stop();
  await neighbours.stop();
  home.remove();
  await database.drop();
}, 60_000);

test("a tenant on the real engine is made, wakes for a visitor, survives a manager that is gone, and leaves nothing when it sleeps", async () => {
  await manager.call("POST", "/tenants", { id: "anna", people: ["anna"] });
  await reaches("anna", "asleep");
  expect(leftovers("anna").join("")).toBe("");
  await manager.call("POST", "/doors/anna/awake", { waitMs: 30_000 });
  await reaches("anna", "awake");
  const before = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", home.nameOf("anna"));
  await manager.stop();
  docker("pause", home.nameOf("anna"));
  manager = await start(standIn);
  await until("it to go on", () => docker("inspect", "--format", "{{.State.Paused}}", home.nameOf("anna")) === "false", wait);
  expect(docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", home.nameOf("anna"))).toBe(before);
  await manager.call("POST", "/tenants/anna/hibernate", {});
  await reaches("anna", "asleep");
  expect(leftovers("anna").join("")).toBe("");
}, 180_000);

test("[T6] one that is killed is started again, with the death in its history", async () => {
  await manager.call("POST", "/tenants/anna/start", { waitMs: 30_000 });
  await reaches("anna", "awake");
  docker("kill", home.nameOf("anna"));
  const died = async () =>
    ((await manager.call("GET", "/tenants/anna/events")).body["events"] as { kind: string; detail: object }[]).find(({ kind }) => kind === "died");
  expect(await until("the death", died, wait)).toMatchObject({ detail: { code: "tenant.ended" } });
  await reaches("anna", "awake");
}, 120_000);

test("[T13] frozen, its processes stand still; given back, they go on", async () => {
  const { body } = await until("a lease", async () => {
    const answer = await manager.call("POST", "/tenants/anna/freeze", { leaseMs: 20_000 });
    return answer.status === 200 && answer;
  });
  expect(docker("inspect", "--format", "{{.State.Status}}", home.nameOf("anna"))).toBe("paused");
  expect((await manager.call("POST", "/tenants/anna/thaw", { lease: body["lease"] })).body).toEqual({ pausedMs: expect.any(Number) });
  expect(docker("inspect", "--format", "{{.State.Status}}", home.nameOf("anna"))).toBe("running");
}, 60_000);

test("[T4] when it falls asleep, the time of its next schedule is read from its home, and it wakes for it", async () => {
  const folder = join(home.folder, "anna/home/state");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "openclaw.sqlite");
  const state = new DatabaseSync(file);
  state.exec("CREATE TABLE cron_jobs (job_id TEXT, enabled INTEGER, state_json TEXT)");
  state.prepare("INSERT INTO cron_jobs VALUES ('1', 1, ?)").run(JSON.stringify({ nextRunAtMs: Date.now() + 65_000 }));
  state.close();
  execFileSync("chown", ["-R", "1000:1000", folder]);
  await manager.call("POST", "/tenants/anna/hibernate", {});
  await reaches("anna", "asleep");
  // The row is gone by then, as it would be after its run; else it would be woken for it again.
  writeFileSync(file, "");
  await reaches("anna", "awake");
  const { events } = (await manager.call("GET", "/tenants/anna/events")).body as { events: { kind: string; detail: object }[] };
  expect(events.find(({ kind }) => kind === "woken")).toMatchObject({ detail: { why: "schedule" } });
}, 120_000);

test("[T7] removed without days of grace it leaves nothing: no container, no network, no home, no key", async () => {
  await manager.call("DELETE", "/tenants/anna?graceDays=0&backup=false");
  await reaches("anna", "removed");
  expect(leftovers("anna").join("")).toBe("");
  const homes = docker("run", "--rm", "--volume", `${home.prefix}-tenants:/data`, "node:24-trixie-slim", "ls", "/data");
  expect(homes.split("\n")).not.toContain("anna");
  expect(neighbours.keys.size).toBe(0);
}, 120_000);
