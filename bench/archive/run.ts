import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { countRequests, renderPage, type Row } from "./report.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { mb: { type: "string", default: "1000" }, out: { type: "string", default: join(import.meta.dirname, "results") } } });
const sizeMb = Number(values.mb);
const segments = 20;
const name = `freehold-bench-archive-${randomBytes(3).toString("hex")}`;
const images = { postgres: `${name}-postgres`, bucket: `${name}-bucket` };

async function docker(...argv: string[]): Promise<string> {
  const { stdout, stderr } = await execute("docker", argv, { maxBuffer: 512 * 1_024 * 1_024, env: { ...process.env, DOCKER_BUILDKIT: "0" } });
  return argv[0] === "logs" ? stdout + stderr : stdout.trim();
}
const inPostgres = (script: string) => docker("exec", images.postgres, "bash", "-euc", script);
const sql = (text: string) => inPostgres(`psql -qtAX -h /run/postgresql -U postgres -v ON_ERROR_STOP=1 <<'SQL'\n${text}\nSQL`);

/** What a step took and what it asked the bucket. */
async function measure(what: string, work: () => Promise<unknown>): Promise<Row> {
  const before = (await docker("logs", images.bucket)).length;
  const began = performance.now();
  const note = await work();
  const seconds = (performance.now() - began) / 1_000;
  const row = { what, seconds, ...countRequests((await docker("logs", images.bucket)).slice(before)), note: typeof note === "string" ? note : "" };
  console.log(`${what}: ${seconds.toFixed(1)} s, ${row.classA} + ${row.reads} requests ${row.note}`);
  return row;
}

async function until(probe: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 1_800_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 100)))
    if (await probe().catch(() => false)) return;
  throw new Error("Waited half an hour in vain.");
}

async function build(folder: string): Promise<void> {
  await docker("network", "create", name);
  for (const image of ["postgres", "bucket"] as const) await docker("build", "--quiet", "--tag", images[image], join(root, "runtime/images", image));
  for (const [file, text] of Object.entries({ "postgres-password": "bench", "wal-key": "bench" })) await writeFile(join(folder, file), text, { mode: 0o644 });
  await docker(
    "run",
    "--detach",
    "--init",
    "--name",
    images.bucket,
    "--network",
    name,
    "--network-alias",
    "bucket",
    "--env",
    "BUCKETS=bench",
    "--env",
    "LOG_LEVEL=info",
    images.bucket,
  );
  await startPostgres(folder);
}

async function startPostgres(folder: string): Promise<void> {
  const variables = [
    "POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password",
    "WAL_REPOSITORY=gs:bench:/wal",
    "WAL_KEY_FILE=/run/secrets/wal-key",
    "WAL_EMULATOR_HOST=bucket:4444",
  ];
  const place = ["--network", name, "--volume", `${folder}:/run/secrets:ro`, "--memory", "512m", "--restart", "unless-stopped", "--init"];
  await docker("run", "--detach", "--name", images.postgres, ...place, ...variables.flatMap((variable) => ["--env", variable]), images.postgres);
  await until(() => inPostgres("pg_isready -qh 127.0.0.1").then(() => true));
}

const waiting = async () => (await sql("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'")) !== "0";

/** A commit and the end of its segment, again and again: how long until it is in the bucket. */
async function archiveSegments(): Promise<string> {
  const lags: number[] = [];
  for (let n = 0; n < segments; n++) {
    await sql("insert into small values (1); select pg_switch_wal();");
    const began = performance.now();
    await until(async () => !(await waiting()));
    lags.push((performance.now() - began) / 1_000);
  }
  const sorted = lags.toSorted((left, right) => left - right);
  return `from its end to the bucket: p50 ${sorted[segments / 2]?.toFixed(1)} s, longest ${sorted.at(-1)?.toFixed(1)} s`;
}

async function recover(folder: string): Promise<void> {
  const label = (await inPostgres("pgbackrest-wal.sh info")).match(/\d{8}-\d{6}F(?:_\d{8}-\d{6}D)?/g)?.at(-1) ?? "";
  await docker("rm", "--force", "--volumes", images.postgres);
  await startPostgres(folder);
  await inPostgres(`pgbackrest-wal.sh order ${randomUUID()} ${label} newest 1`);
  await until(async () => (await inPostgres("sed -n 2p /data/restore.outcome")) === "ok" && (await sql("select count(*) > 0 from bulk")) === "t");
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  await execute("chmod", ["755", folder]);
  try {
    await build(folder);
    await inPostgres("pgbackrest-wal.sh create");
    // Half of it compresses, half does not.
    await sql(
      `create table small (n int); create table bulk as select n, md5(n::text) as half, repeat('freehold ', 4) as other from generate_series(1, ${sizeMb * 9_500}) n;`,
    );
    await until(async () => !(await waiting()));
    const sizeBytes = Number(await sql("select pg_database_size('postgres')"));
    const rows = [
      await measure("full base backup", () => inPostgres("pgbackrest-wal.sh backup full")),
      await measure(`${segments} WAL segments of one commit each`, archiveSegments),
      await measure("differential base backup after 1 % of the rows changed", async () => {
        await sql("update bulk set half = half || 'x' where n % 100 = 0; checkpoint;");
        await until(async () => !(await waiting()));
        await inPostgres("pgbackrest-wal.sh backup diff");
      }),
      await measure("pg_dump, as the hourly snapshot makes it", () =>
        inPostgres("pg_dump -h /run/postgresql -U postgres -Fc --compress=none -f /data/dump postgres; echo $(( $(stat -c %s /data/dump) / 1000000 )) MB"),
      ),
      await measure("pg_restore of it", () =>
        inPostgres(
          "createdb -h /run/postgresql -U postgres again; pg_restore --exit-on-error -h /run/postgresql -U postgres -d again /data/dump; dropdb -h /run/postgresql -U postgres again; rm /data/dump",
        ),
      ),
      await measure("volume lost → last commit, through base backup and WAL", () => recover(folder)),
    ];
    await mkdir(values.out, { recursive: true });
    const storedMb = Number(await docker("exec", images.bucket, "sh", "-c", "du -sm /data/bench | cut -f1"));
    const page = renderPage({ date: new Date().toISOString().slice(0, 10), sizeMb: Math.round(sizeBytes / 1e6), storedMb, rows, segments });
    await writeFile(join(values.out, `${new Date().toISOString().slice(0, 10)}.md`), page);
    console.log(page);
  } finally {
    await docker("rm", "--force", "--volumes", images.postgres, images.bucket).catch(() => undefined);
    await docker("network", "rm", name).catch(() => undefined);
    await docker("rmi", images.postgres, images.bucket).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
