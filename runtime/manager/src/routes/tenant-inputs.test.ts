import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { startManager, type RunningManager } from "../testing/manager-place.ts";
import { MemoryBox } from "../testing/memory-box.ts";

let database: TestDatabase;
let manager: RunningManager;
beforeAll(async () => {
  database = await createTestDatabase();
  manager = await startManager(new MemoryBox(() => Date.now()), { DATABASE_URL: database.url });
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
});
afterAll(async () => {
  await manager.stop();
  await database.drop();
});

test("a name of the home's own is no tenant's domain", async () => {
  for (const domain of ["console.home.example", "home.example", "other.home.example"])
    expect((await manager.call("POST", "/tenants", { id: "anna", domains: [domain] })).body).toMatchObject({ code: "tenant.domain-taken" });
});

test.each([
  ["POST", "/tenants", { id: "console" }],
  ["POST", "/tenants", { id: "a" }],
  ["POST", "/tenants", { id: "../etc" }],
  ["POST", "/tenants", { id: "anna", memoryMb: 512 }],
  ["POST", "/tenants", { id: "anna", memoryMb: 100_000 }],
  ["POST", "/tenants", { id: "anna", image: "-v/:/host" }],
  ["POST", "/tenants", { id: "anna", domains: ["localhost"] }],
  ["POST", "/tenants", { id: "anna", unknown: 1 }],
  ["POST", "/tenants", "{"],
  ["GET", "/tenants/..%2f..%2fetc", undefined],
  ["GET", "/tenants?limit=0", undefined],
  ["POST", "/tenants/zoe/restored", { folder: ".restore/../../etc" }],
  ["POST", "/tenants/zoe/restored", { folder: "/etc" }],
  ["POST", "/tenants/zoe/restore", { at: "2026-02-30" }],
  ["POST", "/tenants/zoe/restore", { at: "2026-02-20", snapshot: "abcdef01" }],
  ["POST", "/tenants/zoe/restore", { snapshot: "--delete" }],
  ["POST", "/restore", { id: "zoe", date: "yesterday; rm -rf /" }],
  ["POST", "/tenants/zoe/freeze", { leaseMs: 30_001 }],
])("%s %s %j is refused", async (method, path, body) => {
  expect((await manager.call(method, path, body)).status).toBe(400);
});
