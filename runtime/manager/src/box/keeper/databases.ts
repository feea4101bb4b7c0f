import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { statOf } from "./tree.ts";

/** A database of the home that is damaged. */
export class DamagedHome extends Error {}

/**
 * Makes the databases of a restored home fit to be opened: what was in the write-ahead logs is brought into the databases themselves, no log or
 * shared memory of another time stays beside them, and the gateway's lease, which a copy of a running home always holds, is gone.
 * Safe to repeat. Throws: DamagedHome.
 */
export function settleDatabases(home: string): { databases: number } {
  const databases = databasesIn(home);
  for (const path of databases) settle(path);
  return { databases: databases.length };
}

function settle(path: string): void {
  rmSync(`${path}-shm`, { force: true });
  try {
    const database = new DatabaseSync(path);
    try {
      const check = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
      if (check.quick_check !== "ok") throw new DamagedHome(`${path}: ${check.quick_check}`);
      if (hasLeases(database)) database.prepare("DELETE FROM state_leases WHERE scope = ?").run("gateway-owner");
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (/malformed|not a database|disk image/.test(String(thrown))) throw new DamagedHome(`${path}: ${String(thrown)}`);
    throw thrown;
  }
  // An empty log is left where the last connection could not remove it.
  for (const ending of ["-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
}

const hasLeases = (database: DatabaseSync) =>
  database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'state_leases'").get() !== undefined;

/** Where OpenClaw keeps databases; the tenant's own, elsewhere in the home, are none of ours. */
function databasesIn(home: string): string[] {
  const agents = join(home, "agents");
  return [join(home, "state"), ...folders(agents).map((agent) => join(agents, agent, "agent"))].flatMap((folder) => {
    if (statOf(folder)?.isDirectory() !== true) return [];
    const files = readdirSync(folder, { withFileTypes: true });
    dropStray(
      folder,
      files.map(({ name }) => name),
    );
    return files.filter((entry) => entry.isFile() && entry.name.endsWith(".sqlite")).map(({ name }) => join(folder, name));
  });
}

const folders = (path: string) =>
  statOf(path)?.isDirectory() === true
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];

/** A log without its database would be taken for the log of the next database of that name. */
function dropStray(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const database = /^(.*\.sqlite)-(wal|shm)$/.exec(name)?.[1];
    if (database !== undefined && !names.includes(database)) rmSync(join(folder, name), { force: true });
  }
}
