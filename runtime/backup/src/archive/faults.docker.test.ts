import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { databases, DockerHome } from "../../../../tests/support/backup-home.ts";
import { buildImages, docker } from "../../../../tests/support/backup-images.ts";
import { until } from "../../../../tests/support/until.ts";

let home: DockerHome;
// Minutes, most of them waiting for a bucket that is away: run by FREEHOLD_TEST_ARCHIVE_FAULTS=1.
const wanted = process.env["FREEHOLD_TEST_ARCHIVE_FAULTS"] === "1";
const fault = wanted ? test : test.skip;

beforeAll(async () => {
  if (!wanted) return;
  await buildImages();
  // Room for four segments, so that a gap can be had in seconds.
  home = await DockerHome.create({ archive: { WAL_QUEUE_MAX_MB: "64" } });
  await home.startReady();
  for (const name of databases) await home.sql(name, `set role ${name}; create table notes (word text)`);
  await home.sql("worker", "create table bulk as select n, md5(n::text) from generate_series(1, 200000) n; alter table bulk owner to worker");
  await baseBackup();
}, 900_000);
afterAll(async () => (wanted ? home.destroy() : undefined), 60_000);

const note = (word: string) => home.sql("worker", `insert into notes values ('${word}')`);
const words = async () => (await home.sql("worker", "select string_agg(word, ' ' order by word) from notes")).trim();
const waiting = async () => Number(await home.sql("postgres", "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'"));
const archived = () => until("all finished segments in the bucket", () => home.archived(), { timeoutMs: 300_000, everyMs: 200 });
const baseBackup = () => until("a base backup", () => home.metric("backup_base_last_success_timestamp"), { timeoutMs: 300_000, everyMs: 200 });
const inPostgres = (script: string) => docker("exec", home.name("postgres"), "bash", "-c", script);

async function loseDatabases(environment: Record<string, string> = {}): Promise<void> {
  await home.remove("backup", "postgres");
  await home.loseVolume("postgres");
  await home.startPostgres(environment);
}

fault(
  "while the bucket is away commits go on, and a killed PostgreSQL loses none of what waits for it",
  async () => {
    await home.kill("bucket");
    for (const word of ["1", "2"]) {
      await note(word);
      await home.sql("postgres", "select pg_switch_wal()");
    }
    expect(await waiting()).toBeGreaterThanOrEqual(2);
    await until("a figure that tells of it", () => home.metric("backup_wal_waiting_bytes"), { timeoutMs: 300_000, everyMs: 500 });
    await home.kill("postgres");
    await home.start("postgres");
    expect(await waiting()).toBeGreaterThanOrEqual(2);
    await home.start("bucket");
    await archived();
  },
  900_000,
);

fault(
  "a bucket that stays away costs the oldest segments and not the service; a base backup ends the gap by itself",
  async () => {
    await home.kill("bucket");
    for (let n = 0; n < 8; n++) await home.sql("worker", "insert into notes values ('3'); select pg_switch_wal()");
    await until("segments that were given up", () => inPostgres("cat /data/archive.dropped"), { timeoutMs: 300_000, everyMs: 500 });
    expect(await words()).toMatch(/^1 2 3 3/);
    await home.start("bucket");
    await until("a base backup after the gap", async () => (await inPostgres("[ -f /data/archive.dropped ] || echo none")) === "none", {
      timeoutMs: 300_000,
      everyMs: 500,
    });
    await note("4");
    await archived();
  },
  900_000,
);

fault(
  "a bucket that goes away in the middle of a recovery delays it, and never makes it end early",
  async () => {
    await loseDatabases();
    await home.startBackup();
    await until("a recovery", () => inPostgres("[ -f /data/cluster.restoring/postmaster.pid ]").then(() => true), { timeoutMs: 300_000, everyMs: 5 });
    await home.kill("bucket");
    await until("an attempt that failed", () => inPostgres("grep -qx failed /data/restore.outcome").then(() => true), { timeoutMs: 300_000, everyMs: 200 });
    await home.start("bucket");
    await home.ready();
    expect(await home.log()).not.toContain("recovery.impossible");
    expect(await words()).toMatch(/^1 2 3 3.* 4$/);
  },
  900_000,
);

fault(
  "a restore that is killed in the middle goes on when PostgreSQL is started again, and a killed service takes it up",
  async () => {
    await baseBackup();
    await archived();
    await home.remove("backup");
    await home.startReady();
    const moment = await home.sql("worker", "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')");
    await note("5");
    await home.onJobs("mkdir -p /jobs/later; echo later > /jobs/later/file");
    expect((await home.snapshot()).status).toBe(201);
    await home.onJobs("rm -r /jobs/later");
    const restore = home.restore("--at", moment).catch((thrown: Error) => thrown.message);
    await until("base files", () => inPostgres("[ -f /data/cluster.restoring/PG_VERSION ]").then(() => true), { timeoutMs: 300_000, everyMs: 5 });
    await home.kill("postgres");
    await home.kill("backup");
    await restore;
    await home.start("postgres");
    await home.start("backup");
    await home.ready();
    expect(await words()).toMatch(/ 4$/);
    expect(await home.onJobs("cat /jobs/later/file")).toBe("later");
    expect(await home.log()).toContain("restore.finished-after-interruption");
  },
  900_000,
);

fault(
  "a base backup that is killed is told of, and the next one works",
  async () => {
    // The backup itself, not a segment on its way, nor the shells and grep that speak of it.
    const find = "grep -lsa 'type=ful[l]' /proc/[0-9]*/cmdline | head -n 1 | cut -d/ -f3";
    const kill = `(until pid=$(${find}); [ -n "$pid" ]; do :; done; kill -9 $pid) & pgbackrest-wal.sh report killed backup full </dev/null; wait`;
    expect(await inPostgres(`${kill}; tail -n 1 /run/postgresql/reports/killed`)).toBe("exit 137");
    expect(await inPostgres("pgbackrest-wal.sh report again backup full </dev/null; tail -n 1 /run/postgresql/reports/again")).toBe("exit 0");
  },
  900_000,
);

fault(
  "a wrong key is named, and nothing is made empty",
  async () => {
    await loseDatabases({ WAL_KEY_FILE: "/run/secrets/postgres-password" });
    await home.startBackup();
    expect(await home.notReady("WAL_KEY_FILE")).toMatch(/archive can't be read/);
    expect(await home.sql("postgres", "select count(*) from pg_database where datname in ('gateway', 'worker', 'console')")).toBe("0");
  },
  900_000,
);

fault(
  "where the archive is broken the dumps do, and a new archive begins beside it",
  async () => {
    await docker("exec", home.name("bucket"), "sh", "-c", "rm -rf /data/test-backups/wal/backup/home/*/bundle");
    await loseDatabases();
    await home.startReady();
    expect(await words()).toMatch(/ 4 5$/);
    expect(await home.log()).toContain("recovery.impossible");
    await baseBackup();
    await note("6");
    await archived();
    await loseDatabases();
    await home.startReady();
    expect(await words()).toMatch(/ 4 5 6$/);
  },
  900_000,
);
