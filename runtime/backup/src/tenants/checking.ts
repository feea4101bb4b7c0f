import { open, readdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { backupError } from "../errors.ts";
import { run } from "../process.ts";
import type { RunContext } from "../restic.ts";
import { differenceOf, tallyOf, tallySchema, type Tally } from "./tally.ts";

/** What a restored home was found to be. */
export interface Checked {
  tally: Tally;
  databases: number;
}

const program = join(import.meta.dirname, "sqlite-check.ts");
const sqliteHeader = "SQLite format 3\0";
const checkWithinMs = 1_800_000;

/**
 * Proves that a fetched stage is what was saved: every entry as its record says, every SQLite database whole.
 * Throws: AppError `backup.bad-snapshot` that names what differs.
 */
export async function checkFetched(folder: string, what: { tenant: string; snapshotId: string; temporaryDir: string }, context: RunContext): Promise<Checked> {
  const home = join(folder, "home");
  const bad = (problem: string) =>
    backupError(
      "backup.bad-snapshot",
      `The home of ${what.tenant} in snapshot ${what.snapshotId.slice(0, 8)} is not as it was saved: ${problem}. Choose another snapshot.`,
    );
  const expected = await recordedTally(join(folder, "complete.json"));
  if (expected === undefined) throw bad("it has no record");
  const tally = await tallyOf(home);
  const difference = differenceOf(expected, tally);
  if (difference !== undefined) throw bad(difference);
  const databases = await databasesIn(home);
  const problems = await problemsOf(databases, what.temporaryDir, context);
  if (problems !== "") throw bad(problems.replaceAll(home, "").slice(0, 500));
  return { tally, databases: databases.length };
}

/** Throws: AppError `backup.disk-full` when a folder's file system has less room than that. */
export async function requireRoom(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > sizeBytes * 1.05) return;
  throw backupError(
    "backup.disk-full",
    `The tenants volume has ${Math.floor((bavail * bsize) / 1e6)} MB free; the home takes ${Math.ceil(sizeBytes / 1e6)} MB. Free some, and try again.`,
  );
}

async function recordedTally(file: string): Promise<Tally | undefined> {
  try {
    return tallySchema.parse((JSON.parse(await readFile(file, "utf8")) as { tally?: unknown }).tally);
  } catch {
    return undefined;
  }
}

/** By their first bytes: names say nothing. */
async function databasesIn(home: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await startsWith(path, sqliteHeader))) found.push(path);
  }
  return found;
}

async function startsWith(path: string, header: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(header.length), 0, header.length, 0);
    return bytesRead === header.length && buffer.toString("latin1") === header;
  } finally {
    await file.close();
  }
}

const databasesAtOnce = 100;

async function problemsOf(databases: readonly string[], temporaryDir: string, context: RunContext): Promise<string> {
  const problems: string[] = [];
  for (let from = 0; from < databases.length; from += databasesAtOnce) {
    const args = ["--disable-warning=ExperimentalWarning", program, ...databases.slice(from, from + databasesAtOnce)];
    const { exitCode, stdout, stderr, timedOut } = await run({
      program: process.execPath,
      args,
      env: { TMPDIR: temporaryDir },
      timeoutMs: checkWithinMs,
      ...context,
    });
    if (timedOut || exitCode !== 0) throw backupError("backup.tool-failed", `The databases of a restored home could not be checked: ${stderr.slice(-300)}`);
    problems.push(
      ...stdout
        .trim()
        .split("\n")
        .filter((line) => line !== ""),
    );
  }
  return problems.join("; ");
}
