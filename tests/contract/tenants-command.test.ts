import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { MemoryBox } from "../../runtime/manager/src/testing/memory-box.ts";
import { startManager, type RunningManager } from "../../runtime/manager/src/testing/manager-place.ts";
import { Neighbours } from "../../runtime/manager/src/testing/neighbours.ts";
import { runTenants } from "../support/command-line.ts";
import { ownerToken, startConsole, type TestConsole } from "../support/console.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

const neighbours = new Neighbours();
const box = new MemoryBox(() => Date.now());
let database: TestDatabase;
let manager: RunningManager;
let house: TestConsole;

beforeAll(async () => {
  database = await createTestDatabase();
  await neighbours.start();
  manager = await startManager(box, { DATABASE_URL: database.url, GATEWAY_URL: neighbours.url, BACKUP_URL: neighbours.url });
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
  const away = "http://127.0.0.1:1";
  house = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: away, backup: away, gateway: away, manager: manager.url } });
}, 60_000);
afterAll(async () => {
  await house.close();
  await manager.stop();
  await neighbours.stop();
  await database.drop();
});

const tenants = (...argv: string[]) => runTenants(house.url, ownerToken, ...argv);

test("a tenant is made with its token, listed, woken, put to sleep and stopped", async () => {
  const { out } = await tenants("add", "anna", "--memory", "1536", "--person", "anna", "--daily", "2", "--idle", "60");
  expect(out).toMatch(/State {7}asleep[^]*Budget {6}\$2 a day, no limit a month[^]*Token {7}fhtenant_\S{43}\n/);
  expect((await tenants("ls")).out).toMatch(/^anna {2}asleep {5}0\/1536 MB {2}anna$/);
  expect((await tenants("wake", "anna")).out).toContain("awake");
  expect((await tenants("logs", "anna")).out).toBe("anna said something");
  expect((await tenants("doctor", "anna")).out).toBe("Nothing is wrong.");
  expect((await tenants("usage", "anna")).out).toMatch(/Memory {2}800 of 1536 MB[^]*Month {3}2 calls, 10 tokens in, 20 out, \$0\.2500/);
  expect((await tenants("restart", "anna")).out).toContain("awake");
  expect((await tenants("sleep", "anna")).out).toContain("asleep");
  expect((await tenants("stop", "anna")).out).toContain("stopped");
  expect((await tenants("start", "anna")).out).toContain("awake");
  expect((await tenants("events", "anna")).out).toMatch(/owner {2}provisioned[^]*manager {2}prepared[^]*owner {2}wake[^]*owner {2}stop/);
}, 60_000);

test("it is resized, moved to another image, and given another token", async () => {
  await tenants("add", "bella");
  expect((await tenants("resize", "bella", "--memory", "2048", "--no-internet")).out).toMatch(/0 of 2048 MB[^]*Internet {4}no/);
  expect((await tenants("image", "bella", "assistant:2")).out).toContain("assistant:2");
  expect((await tenants("image", "bella")).out).toContain("assistant:1");
  expect((await tenants("token", "bella")).out).toMatch(/^fhtenant_\S{43}$/);
  expect(JSON.parse((await tenants("show", "bella", "--json")).out)).toMatchObject({ memoryMb: 2_048, internet: false, image: "assistant:1" });
}, 60_000);

test("it is backed up, and brought back as it was on a day", async () => {
  await tenants("add", "carla");
  expect(JSON.parse((await tenants("backup", "carla")).out)).toEqual({ id: "abcdef01" });
  const restoring = tenants("restore", "carla", "2026-11-20");
  await until("the backup service to be asked", () => neighbours.restores.length === 1);
  expect(neighbours.restores[0]).toEqual({ path: "/tenants/carla/restores", body: { at: "2026-11-20" } });
  box.folders.add(".restore/carla-1");
  await manager.call("POST", "/tenants/carla/restored", { folder: ".restore/carla-1" });
  expect((await restoring).out).toBe("carla has its files of 2026-11-20 back.");
}, 60_000);

test("a removal can be undone, and says until when", async () => {
  await tenants("add", "dora");
  expect((await tenants("rm", "dora", "--days", "3")).out).toMatch(/^dora is stopped, and erased at \d{4}-/);
  await until("the removal", async () => (await tenants("ls", "--state", "removing")).out.startsWith("dora"));
  expect((await tenants("keep", "dora")).out).toContain("asleep");
  await tenants("rm", "dora", "--days", "0", "--no-backup");
  await until("the end", async () => (await tenants("ls", "--state", "removed")).out.startsWith("dora"));
  expect((await tenants("ls")).out).not.toContain("dora");
}, 60_000);

test("what can't be is refused with the cure, and never reaches another path", async () => {
  for (const argv of [
    ["show", "../queue"],
    ["show", "Anna"],
    ["add", "x"],
    ["restore", "anna", "yesterday"],
    ["show", "nobody"],
    ["add", "anna", "--cpus", "lots"],
  ])
    await expect(tenants(...argv)).rejects.toMatchObject({ cure: expect.stringMatching(/\S/) });
});
