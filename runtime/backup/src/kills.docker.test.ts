import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DockerHome } from "../../../tests/support/backup-home.ts";
import { buildImages, docker } from "../../../tests/support/backup-images.ts";
import { until } from "../../../tests/support/until.ts";

let home: DockerHome;
let tree: string;

beforeAll(async () => {
  await buildImages();
  home = await DockerHome.create();
  await home.startReady();
  await home.sql("worker", "create table bulk as select n, md5(n::text) as digest from generate_series(1, 200000) n; alter table bulk owner to worker");
  await home.onJobs("mkdir -p /jobs/big/workspace; for n in 1 2 3 4 5 6 7 8; do head -c 10000000 /dev/urandom > /jobs/big/workspace/$n; done");
  tree = await home.tree();
}, 300_000);
afterAll(() => home.destroy(), 60_000);

const rows = () => home.sql("worker", "select count(*), md5(string_agg(digest, '' order by n)) from bulk");
/** A lock in the repository means that restic works in it. */
const uploading = () =>
  until(
    "an upload",
    () => docker("exec", home.name("bucket"), "sh", "-c", "ls /data/test-backups/home/locks/* /data/test-backups/home/data/*/*").then(() => true),
    {
      timeoutMs: 30_000,
      everyMs: 5,
    },
  );

test("a service killed while it uploads leaves no half snapshot, no dump and no lock in the way of the next one", async () => {
  const lost = home.snapshot().catch(() => undefined);
  await uploading();
  await home.kill("backup");
  await lost;
  await home.start("backup");
  await home.ready();
  expect((await home.list()).snapshots).toEqual([]);
  expect((await home.snapshot()).status).toBe(201);
  expect(await home.onJobs("ls -A /jobs")).not.toContain(".freehold-snapshot");
}, 90_000);

test("the lock that a killed upload left is taken away before old snapshots are thinned out", async () => {
  const target = { name: "main", repository: "gs:test-backups:/home", emulatorUrl: "http://bucket:4443", schedule: "17 3 1 1 *", pruneSchedule: "* * * * *" };
  await home.remove("backup");
  await home.startReady({ BACKUP_TARGETS: JSON.stringify([target]) });
  await until("the thinning out", async () => (await home.log()).includes("target.pruned"), { timeoutMs: 180_000, everyMs: 500 });
  expect(await home.log()).toContain("repository.stale-locks-removed");
  await home.remove("backup");
  await home.startReady();
}, 240_000);

test("a bucket killed in the middle of an upload and started again only delays it", async () => {
  await home.onJobs("head -c 40000000 /dev/urandom > /jobs/big/workspace/more");
  tree = await home.tree();
  const snapshot = home.snapshot();
  await home.killWhen("bucket", "ls /data/test-backups/home/locks/* /data/test-backups/home/data/*/*");
  await home.start("bucket");
  expect((await snapshot).status).toBe(201);
}, 90_000);

test("PostgreSQL killed in the middle of a dump fails that snapshot with the cause, and the next one works", async () => {
  const locking = home.sql("worker", "begin; lock table bulk; select pg_sleep(120)").catch(() => undefined);
  const count = (condition: string) => home.sql("worker", `select count(*) from pg_stat_activity where ${condition}`);
  await until("the lock", async () => (await count("query like '%pg_sleep(120)' and pid <> pg_backend_pid()")) === "1");
  const snapshot = home.snapshot();
  await until("a dump that waits", async () => (await count("application_name = 'backup' and wait_event_type = 'Lock'")) === "1", { timeoutMs: 90_000 });
  await home.kill("postgres");
  const { status, body } = await snapshot;
  expect({ status, code: body.code }).toEqual({ status: 503, code: "backup.database-away" });
  await locking;
  await home.start("postgres");
  expect((await home.snapshot()).status).toBe(201);
}, 180_000);

test("a service killed again and again while it brings a home back ends with exactly the saved home", async () => {
  const before = await rows();
  await home.remove("backup", "postgres");
  await home.loseVolume("postgres");
  await home.loseVolume("jobs");
  await home.startPostgres();
  await home.startBackup();
  for (const condition of ["ls /jobs/.freehold/incoming/big/workspace/*", "cat /proc/[0-9]*/comm | grep -x pg_restore", "[ -e /jobs/.freehold/swap.json ]"]) {
    await home.killWhen("backup", condition);
    expect(await home.onJobs("ls -A /jobs")).not.toContain(".freehold-volume");
    await home.start("backup");
  }
  await home.ready();
  expect(await home.log()).toContain("restore.finished-after-interruption");
  expect(await home.tree()).toBe(tree);
  expect(await rows()).toBe(before);
}, 120_000);

test("a restore by hand that is killed has changed nothing, and works when it is run again", async () => {
  await home.onJobs("mkdir /jobs/young");
  const restore = home.restore("latest").catch((thrown: Error) => thrown.message);
  await home.killWhen("backup", "ls /jobs/.freehold/incoming/big/workspace/*");
  await restore;
  expect(await home.onJobs("ls /jobs")).toBe("big\nyoung");
  await home.start("backup");
  await home.ready();
  await home.restore("latest");
  expect(await home.onJobs("ls /jobs")).toBe("big");
  expect(await home.tree()).toBe(tree);
}, 120_000);
