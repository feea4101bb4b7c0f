import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Run as a program of its own with paths of databases: prints one JSON line for each that is not whole. Works on copies, because opening a
 * database takes its write-ahead log in, and in a process of its own, because a large database takes long and a damaged one could take us along.
 */
function check(path: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  try {
    const copy = join(folder, "database");
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    const database = new DatabaseSync(copy, { allowExtension: false });
    try {
      const rows = database.prepare("pragma integrity_check(3)").all() as { integrity_check: string }[];
      const problems = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
      return problems.length === 0 ? undefined : problems.join("; ");
    } finally {
      database.close();
    }
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const path of process.argv.slice(2)) {
  const problem = check(path);
  if (problem !== undefined) console.log(JSON.stringify({ path, problem }));
}
