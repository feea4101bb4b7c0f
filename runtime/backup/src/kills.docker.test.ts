import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { buildImages, docker, DockerHome } from "../../../tests/support/backup-home.ts";

let home: DockerHome;
let tree: string;

beforeAll(async () => {
  await buildImages();
  home = await DockerHome.create();
  await home.startReady();
  await home.sql("worker", "create table bulk as select n, md5(n::text) as digest from generate_series(1, 300000) n; alter table bulk owner to worker");
  await home.onJobs("mkdir -p /jobs/big/workspace; for n in 1 2 3 4 5 6 7 8; do head -c 15000000 /dev/urandom > /jobs/big/workspace/$n; done");
  tree = await home.tree();
}, 300_000);
afterAll(() => home.destroy(), 60_000);

/** Waits for a state inside a running container. */
const seenIn = (part: "backup" | "bucket", what: string, script: string) =>
  until(
    what,
    () =>
      docker("exec", home.name(part), "sh", "-c", script).then(
        () => true,
        () => false,
      ),
    { timeoutMs: 60_000, everyMs: 10 },
  );
const seen = (what: string, script: string) => seenIn("backup", what, script);
const uploading = async () => {
  await seen("dumps that are ready", "test -f /jobs/.freehold-snapshot/manifest.json");
  await seenIn("bucket", "a lock in the repository", "ls /data/test-backups/home/locks/*");
};
const rows = () => home.sql("worker", "select count(*), md5(string_agg(digest, '' order by n)) from bulk");

test("a service killed while it uploads leaves no half snapshot, no dump and no lock in the way of the next one", async () => {
  const lost = home.snapshot().catch(() => undefined);
  await uploading();
  await home.kill("backup");
  await lost;
  await home.start("backup");
  await home.ready();
  expect((await home.list()).snapshots).toEqual([]);
  expect((await home.snapshot()).status).toBe(201);
  expect(await home.log()).toContain("repository.stale-locks-removed");
  expect(await home.onJobs("ls -A /jobs")).not.toContain(".freehold-snapshot");
}, 90_000);

test("a bucket killed in the middle of an upload and started again only delays it", async () => {
  await home.onJobs("head -c 40000000 /dev/urandom > /jobs/big/workspace/more");
  tree = await home.tree();
  const snapshot = home.snapshot();
  await uploading();
  await home.kill("bucket");
  await home.start("bucket");
  expect((await snapshot).status).toBe(201);
}, 90_000);

test("PostgreSQL killed in the middle of a dump fails that snapshot with the cause, and the next one works", async () => {
  const snapshot = home.snapshot();
  await seen("a dump", "ls /jobs/.freehold-snapshot/databases/*.dump");
  await home.kill("postgres");
  const { status, body } = await snapshot;
  expect({ status, code: body.code }).toEqual({ status: 503, code: "backup.database-away" });
  await home.start("postgres");
  await rows();
  expect((await home.snapshot()).status).toBe(201);
}, 90_000);

test("a service killed again and again while it brings a home back ends with exactly the saved home", async () => {
  const before = await rows();
  await home.remove("backup", "postgres");
  await home.loseVolume("postgres");
  await home.loseVolume("jobs");
  await home.startPostgres();
  await home.startBackup();
  for (const [what, script] of [
    ["files coming in", "ls /jobs/.freehold/incoming/big/workspace/*"],
    ["a database being filled", "cat /proc/[0-9]*/comm | grep -x pg_restore"],
  ] as const) {
    await seen(what, script);
    await home.kill("backup");
    expect(await home.onJobs("ls /jobs")).toBe("");
    await home.start("backup");
  }
  await home.ready();
  expect(await home.tree()).toBe(tree);
  expect(await rows()).toBe(before);
}, 120_000);

test("a restore by hand that is killed has changed nothing, and works when it is run again", async () => {
  await home.onJobs("mkdir /jobs/young");
  const restore = home.restore("latest").catch((thrown: Error) => thrown.message);
  await seen("files coming in", "ls /jobs/.freehold/incoming/big/workspace/*");
  await home.kill("backup");
  await restore;
  expect(await home.onJobs("ls /jobs")).toBe("big\nyoung");
  await home.start("backup");
  await home.ready();
  await home.restore("latest");
  expect(await home.onJobs("ls /jobs")).toBe("big");
  expect(await home.tree()).toBe(tree);
}, 120_000);
