import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildImages } from "../../../../tests/support/backup-images.ts";
import { TenantBackupHome } from "../../../../tests/support/tenant-backup-home.ts";

let home: TenantBackupHome;

beforeAll(async () => {
  await buildImages();
  home = await TenantBackupHome.create();
  await home.startManager();
  await home.startReady();
}, 300_000);
afterAll(() => home.destroy(), 60_000);

test("a tenant that runs is saved as of one moment: its databases hold exactly the same rows, and it goes on", async () => {
  await home.wake("ada", 500);
  await home.until("rows", async () => (await home.rows("ada")) > 200);
  const { status, body } = await home.tenantBackup("ada");
  expect({ status, body }).toMatchObject({ status: 201, body: { files: expect.any(Number), pauseMs: expect.any(Number), target: "main" } });
  expect(body.pauseMs).toBeGreaterThan(0);
  const before = await home.rows("ada");
  await home.until("more rows", async () => (await home.rows("ada")) > before);
  expect(await home.counts()).toMatchObject({ freezes: 1, expired: 0, backedUp: 1 });

  const { state } = await home.restoreTenant("ada", { into: "copy" });
  expect(state).toBe("done");
  const counted = await home.inHome("copy", "state", "openclaw.sqlite", "agent.sqlite");
  expect(counted[0]).toBeGreaterThan(200);
  expect(counted[1]).toBe(counted[0]);
  // The log is written after the databases; nothing in it may be missing there.
  expect(await home.shell("cd /tenants/copy/home && wc -l < log.jsonl && ls -A . && ls state")).not.toMatch(/cache|-shm/);
}, 120_000);

test("a tenant that sleeps is saved without being held still, and an unchanged one again", async () => {
  await home.sleep("ada");
  const { freezes } = await home.counts();
  expect((await home.tenantBackup("ada")).body.pauseMs).toBe(0);
  expect((await home.tenantBackup("ada")).body.pauseMs).toBe(0);
  expect((await home.counts()).freezes).toBe(freezes);
}, 60_000);

test("a tenant comes back to a date and to a snapshot, file by file, and its later files are gone", async () => {
  await home.shell(
    "cd /tenants/ada/home && mkdir -p 'a folder/deep' && ln -s /etc/passwd link && printf old > 'a folder/deep/ü\n.txt' && chmod 640 'a folder/deep/'* && head -c 300000 /dev/urandom > big",
  );
  const tree = await home.homeTree("ada");
  const { body: saved } = await home.tenantBackup("ada");
  await home.shell("cd /tenants/ada/home && rm -r 'a folder' && printf new > big && touch later");
  await home.tenantBackup("ada");

  expect(await home.restoreTenant("ada", { snapshot: saved.snapshot.slice(0, 10) })).toMatchObject({ state: "done", verified: { databases: 2 } });
  expect(await home.homeTree("ada")).toBe(tree);
  expect(await home.restoreTenant("ada", { at: saved.createdAt })).toMatchObject({ state: "done", snapshot: saved.snapshot });
  expect(await home.homeTree("ada")).toBe(tree);
  expect(await home.shell("ls -A /tenants/.restore | grep -v '[.]json$' || true")).toBe("");
}, 120_000);

test.each([
  ["/tenants/..%2f..%2fetc/backups", 400],
  ["/tenants/ada$(id)/backups", 400],
  ["/tenants/api/backups", 400],
  ["/restores/..%2fx", 400],
  ["/restores/ada-1", 404],
])("%s is refused with %i", async (path, status) => {
  expect((await home.get(path)).status).toBe(status);
});

test.each([
  [{ at: "yesterday" }, 400, "request.invalid"],
  [{ at: "2026-02-08; rm -rf /" }, 400, "request.invalid"],
  [{ at: "2020-01-01" }, 404, "backup.unknown-snapshot"],
  [{ snapshot: "--target=/" }, 400, "request.invalid"],
  [{ snapshot: "0123456789" }, 404, "backup.unknown-snapshot"],
  [{ into: "../ada" }, 400, "request.invalid"],
  [{ at: "2026-02-08", snapshot: "0123456789" }, 400, "request.invalid"],
])("a restore of %j is refused with %i", async (asked, status, code) => {
  expect(await home.post("/tenants/ada/restores", asked)).toMatchObject({ status, body: { code } });
});

test("a tenant whose name no snapshot knows is refused, and gets no backups", async () => {
  expect(await home.post("/tenants/nobody/restores", {})).toMatchObject({ status: 404, body: { code: "backup.unknown-tenant" } });
  expect(await home.get("/tenants/nobody/backups")).toMatchObject({ status: 200, body: { backups: [] } });
});

test("while the manager is away, an unchanged tenant is saved and a changed one is named as missed", async () => {
  await home.create("still");
  await home.shell("printf 1 > /tenants/still/home/file");
  await home.snapshot();
  await home.stopManager();
  await home.shell("printf changed > /tenants/ada/home/file");
  const { status, body } = await home.snapshot();
  expect(status).toBe(201);
  expect(body.tenants.map(({ id }) => id)).toEqual(["copy", "still"]);
  expect((await home.list()).lastError).toMatchObject({ code: "backup.tenants-missed", message: expect.stringContaining("ada") });
  await home.startManager();
  await home.create("ada");
  expect((await home.snapshot()).body.tenants.map(({ id }) => id)).toEqual(["ada", "copy", "still"]);
  expect((await home.list()).lastError).toBeNull();
}, 90_000);

test("a tenant that is removed leaves no stage behind, and its snapshots stay", async () => {
  await home.shell("rm -rf /tenants/still");
  await home.snapshot();
  expect(await home.shell("ls -A /tenants/.stage")).toBe("ada\ncopy");
  expect((await home.get<{ backups: object[] }>("/tenants/still/backups")).body.backups.length).toBeGreaterThan(0);
}, 60_000);

test("a rehearsed restore compares a tenant with what was saved, and says that it was not started", async () => {
  expect(await home.post("/drills")).toMatchObject({ status: 201, body: { equal: true, boot: "not-done", problem: null } });
  expect(await home.get("/drills")).toMatchObject({ body: { last: { equal: true } } });
  expect(await home.shell("ls -A /tenants/.restore | grep -v '[.]json$' || true")).toBe("");
}, 60_000);

test("a service that is killed while a tenant stands still leaves it to its lease, and the next backup is whole", async () => {
  await home.wake("ada", 200);
  await home.ask("POST", "/tenants/ada/slow");
  const lost = home.tenantBackup("ada").catch(() => undefined);
  await home.until("a pause", async () => (await home.ask<{ paused: boolean }>("GET", "/tenants/ada")).paused);
  await home.kill("backup");
  await lost;
  await home.until("the end of the lease", async () => !(await home.ask<{ paused: boolean }>("GET", "/tenants/ada")).paused);
  await home.start("backup");
  await home.ready();
  expect((await home.tenantBackup("ada")).status).toBe(201);
  await home.sleep("ada");
}, 120_000);

test.each([
  ["fetches", "ls -d /tenants/.restore/ada-*-fetched/home"],
  ["has just written down that it checks", 'grep -l \'"state":"verifying"\' /tenants/.restore/ada-*.json'],
])(
  "a service that is killed while it %s a restore goes on with it",
  async (_what, condition) => {
    const before = await home.tenantBackup("ada");
    const tree = await home.homeTree("ada");
    await home.shell("head -c 30000000 /dev/urandom > /tenants/ada/home/large");
    await home.tenantBackup("ada");
    const { body } = await home.post<{ id: string }>("/tenants/ada/restores", { snapshot: before.body.snapshot });
    await home.killWhen("backup", condition).catch(() => home.kill("backup"));
    await home.start("backup");
    await home.ready();
    expect(await home.restoreEnd(body.id)).toMatchObject({ state: "done" });
    expect(await home.homeTree("ada")).toBe(tree);
    expect(await home.shell("ls -A /tenants/.restore | grep -v '[.]json$' || true")).toBe("");
  },
  180_000,
);

test("a home that lost its tenants volume has every tenant back before it is ready", async () => {
  await home.tenantBackup("ada");
  const tree = await home.homeTree("ada");
  await home.remove("backup");
  await home.stopManager();
  await home.loseTenants();
  await home.startReady();
  expect(await home.homeTree("ada")).toBe(tree);
  expect(await home.shell("ls /tenants/copy/home/state")).toContain("openclaw.sqlite");
}, 120_000);
