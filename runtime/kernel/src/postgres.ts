import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { AppError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Secret } from "./secret.ts";

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
/** Whatever can run SQL: the pool, or the client of a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

export interface PoolSettings {
  /** Without a password. Shape: `postgres://role@host:5432/database`. */
  url: string;
  password?: Secret | undefined;
  max?: number;
  applicationName: string;
  log: Log;
}

/** A connection pool that survives restarts of the database: broken idle connections are dropped and logged, never thrown. */
export function createPool({ url, password, max = 10, applicationName, log }: PoolSettings): Pool {
  const pool = new pg.Pool({
    connectionString: password === undefined ? url : withPassword(url, password),
    max,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  pool.on("error", (error) => log.warn("postgres.connection-lost", { error }));
  // A checked-out client that dies between two queries emits on itself; unheard, that would end the process.
  pool.on("connect", (client) => client.on("error", (error) => log.warn("postgres.connection-lost", { error })));
  return pool;
}

/** pg lets a connection string overrule every other option, a missing password in it included. */
function withPassword(url: string, password: Secret): string {
  const complete = new URL(url);
  complete.password = encodeURIComponent(password.reveal());
  return complete.href;
}

/** Runs `work` in one transaction: commits what it returns, rolls back what it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (thrown) {
    await client.query("rollback").catch((error: Error) => void (broken = error));
    throw thrown;
  } finally {
    client.release(broken);
  }
}

const migrationLock = 7_120_417;

/**
 * Applies the numbered files of a folder (`0001-jobs.sql` …) in order, each once, in one transaction under an advisory lock,
 * so that several processes may start together.
 * Throws: AppError `database.newer-schema` when the database knows migrations that this release does not, and
 * `database.changed-migration` when an applied file was edited.
 */
export async function migrate(pool: Pool, folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}-.+\.sql$/.test(name)).toSorted();
  return inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query("create table if not exists migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())");
    const { rows } = await client.query<{ name: string; sha256: string }>("select name, sha256 from migrations");
    const applied = new Map(rows.map((row) => [row.name, row.sha256]));
    refuseUnknown([...applied.keys()].filter((name) => !files.includes(name)));
    const done: string[] = [];
    for (const name of files) if (await apply(client, folder, name, applied.get(name))) done.push(name);
    return done;
  });
}

function refuseUnknown(names: string[]): void {
  if (names.length === 0) return;
  throw new AppError(
    "database.newer-schema",
    `The database has migrations that this release does not know (${names.join(", ")}). Run the newer release, or restore a backup made by this one.`,
  );
}

async function apply(client: Client, folder: string, name: string, appliedSha256: string | undefined): Promise<boolean> {
  const text = await readFile(join(folder, name), "utf8");
  const sha256 = createHash("sha256").update(text).digest("hex");
  if (appliedSha256 === sha256) return false;
  if (appliedSha256 !== undefined)
    throw new AppError("database.changed-migration", `Migration ${name} was edited after it had been applied. Put it back and add a new file.`);
  await client.query(text);
  await client.query("insert into migrations (name, sha256) values ($1, $2)", [name, sha256]);
  return true;
}
