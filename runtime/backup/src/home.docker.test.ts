import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { databases, DockerHome, type Problem } from "../../../tests/support/backup-home.ts";
import { buildImages, docker } from "../../../tests/support/backup-images.ts";

let home: DockerHome;

beforeAll(async () => {
  await buildImages();
  home = await DockerHome.create();
}, 300_000);
afterAll(() => home.destroy(), 60_000);

const fill = async (word: string) => {
  for (const name of databases) {
    await home.sql(name, `set role ${name}; create table if not exists notes (word text); insert into notes values ('${word}')`);
  }
  await home.onJobs(
    `mkdir -p /jobs/${word}/workspace /jobs/${word}/attempts; echo ${word} > "/jobs/${word}/workspace/a file"; ln -sf /etc/passwd /jobs/${word}/workspace/link; printf '{"n":1}\\n' > /jobs/${word}/attempts/1.ndjson; chmod 700 /jobs/${word}/workspace`,
  );
};
const words = async (name: string) => (await home.sql(name, "select word from notes order by word")).split("\n");

test("a new home gets its roles and databases, and only the owner of a database may enter it", async () => {
  await home.startReady();
  const login = (role: string, database: string) =>
    docker(
      "exec",
      "--env",
      `PGPASSWORD=${role}'s "pass"`,
      home.name("postgres"),
      "psql",
      "--host",
      "127.0.0.1",
      "--username",
      role,
      "--dbname",
      database,
      "--command",
      "create table mine ()",
    );
  await login("gateway", "gateway");
  await expect(login("gateway", "worker")).rejects.toThrow(/permission denied for database/);
  expect((await home.list()).snapshots).toEqual([]);
}, 60_000);

test("a snapshot holds the databases and the files, and is listed", async () => {
  await fill("one");
  const { status, body } = await home.snapshot();
  expect({ status, body }).toMatchObject({ status: 201, body: { databases: [...databases], pauseMs: 0, id: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  expect(body.files).toBeGreaterThanOrEqual(6);
  expect(body.addedBytes).toBeGreaterThan(0);
  const { snapshots, lastError } = await home.list();
  expect(snapshots.map(({ id, createdAt }) => [id, createdAt])).toEqual([[body.id, body.createdAt]]);
  expect(lastError).toBeNull();
}, 60_000);

test("requests that come together share a snapshot, and no staged dump stays behind", async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => home.snapshot()));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  // The first may have begun to read before the last has asked.
  expect(new Set(answers.map(({ body }) => body.id)).size).toBeLessThanOrEqual(2);
  expect(await home.onJobs("ls -A /jobs")).not.toContain(".freehold-snapshot");
}, 60_000);

test("files that grow, vanish or are locked while they are read do not fail a snapshot", async () => {
  const writer = await docker(
    "run",
    "--detach",
    "--rm",
    "--network",
    "none",
    "--user",
    "1000",
    "--volume",
    `${home.name("jobs")}:/jobs`,
    "debian:trixie-slim",
    "sh",
    "-c",
    "mkdir -p /jobs/busy/workspace/locked; chmod 000 /jobs/busy/workspace/locked; while :; do for n in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/urandom >> /jobs/busy/workspace/f$n; done; rm -f /jobs/busy/workspace/f[1-4]; done",
  );
  const { status } = await home.snapshot();
  await docker("kill", writer);
  expect(status).toBe(201);
  expect(await home.log()).toContain("backup.files-skipped");
  await home.onJobs("chmod 700 /jobs/busy/workspace/locked; rm -rf /jobs/busy");
}, 60_000);

test("a home that lost both volumes comes back from the bucket before it is ready", async () => {
  await fill("two");
  await home.snapshot();
  const before = await home.tree();
  await home.remove("backup", "postgres");
  await home.loseVolume("postgres");
  await home.loseVolume("jobs");
  await home.startPostgres();
  await home.startReady();
  expect(await home.tree()).toBe(before);
  for (const name of databases) expect(await words(name)).toEqual(["one", "two"]);
  expect(await home.sql("worker", "select tableowner from pg_tables where tablename = 'notes'")).toBe("worker");
}, 90_000);

test("a home that lost only its files keeps its newer databases", async () => {
  await home.sql("worker", "insert into notes values ('three')");
  const before = await home.tree();
  await home.remove("backup");
  await home.loseVolume("jobs");
  await home.startReady();
  expect(await home.tree()).toBe(before);
  expect(await words("worker")).toEqual(["one", "three", "two"]);
}, 60_000);

test("a home that lost only its databases keeps its newer files", async () => {
  await home.onJobs("mkdir -p /jobs/newer; echo newer > /jobs/newer/file");
  await home.remove("backup", "postgres");
  await home.loseVolume("postgres");
  await home.startPostgres();
  await home.startReady();
  expect(await words("worker")).toEqual(["one", "two"]);
  expect(await home.onJobs("cat /jobs/newer/file")).toBe("newer");
}, 60_000);

test("while the bucket is away, an incomplete home is not ready, says why, and makes nothing empty", async () => {
  await home.remove("backup");
  await home.loseVolume("jobs");
  await home.kill("bucket");
  await home.startBackup();
  expect(await home.notReady("can't be reached")).toContain("gs:test-backups:/home");
  expect((await home.snapshot()).status).toBe(503);
  expect(await home.onJobs("ls -A /jobs")).toBe(".freehold");
  await home.start("bucket");
  await home.ready();
  expect(await home.onJobs("cat '/jobs/two/workspace/a file'")).toBe("two");
}, 120_000);

test("while the bucket is away, a snapshot fails with the cure, the list still shows, and the next one works", async () => {
  const known = (await home.list()).snapshots.length;
  await home.kill("bucket");
  const { status, body } = await home.snapshot();
  expect({ status, code: body.code }).toEqual({ status: 503, code: "backup.bucket-away" });
  expect(body.detail).toMatch(/can't be reached.*tried again by itself/);
  const { snapshots, lastError } = await home.list();
  expect(snapshots).toHaveLength(known);
  expect(lastError).toMatchObject({ code: "backup.bucket-away" });
  await home.start("bucket");
  expect((await home.snapshot()).status).toBe(201);
  expect((await home.list()).lastError).toBeNull();
}, 120_000);

test("a home with another key says so and touches neither the home nor the repository", async () => {
  await home.remove("backup");
  await home.startReady({ BACKUP_KEY_FILE: "/run/secrets/backup-token" });
  const { status, body } = await home.snapshot();
  expect({ status, code: body.code }).toEqual({ status: 500, code: "backup.wrong-key" });
  expect(body.detail).toContain("BACKUP_KEY_FILE");
  await home.remove("backup");
  await home.loseVolume("jobs");
  await home.startBackup({ BACKUP_KEY_FILE: "/run/secrets/backup-token" });
  await home.notReady("BACKUP_KEY_FILE");
  await home.remove("backup");
  await home.startReady();
}, 90_000);

test("an older snapshot can be restored by its id, and an unknown id is refused by name", async () => {
  await expect(home.restore("0123456789")).rejects.toThrow(/No snapshot has the id 0123456789.*The newest are/);
  const oldest = (await home.list()).snapshots.at(-1);
  await home.sql("worker", "insert into notes values ('later')");
  await home.restore(oldest?.id.slice(0, 12) ?? "");
  for (const name of databases) expect(await words(name)).toEqual(["one"]);
  expect(await home.onJobs("ls /jobs; ls /jobs/.freehold/replaced/*")).toMatch(/^one\n[^]*two/);
  await home.ready();
  expect((await home.snapshot()).status).toBe(201);
}, 60_000);

test("without the token nothing is answered", async () => {
  const address = (await docker("port", home.name("backup"), "4060/tcp")).split("\n")[0];
  const response = await fetch(`http://${address}/backups`, { method: "POST" });
  expect({ status: response.status, code: ((await response.json()) as Problem).code }).toEqual({ status: 401, code: "auth.required" });
  await until("metrics", async () => (await (await fetch(`http://${address}/metrics`)).text()).includes('backup_last_success_timestamp{target="main"} 1'));
});
