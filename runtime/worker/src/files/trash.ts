import { execFile } from "node:child_process";
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Pool } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { giveToJob, type JobFolders } from "./job-folders.ts";
import { putBack, takeOut, type PlacedEntry } from "./writes.ts";

/** Moves something of a job's workspace aside; `id` brings it back. Throws: AppError `file.…`. */
export async function moveAside(pool: Pool, folders: JobFolders, { id, jobId, path }: { id: string; jobId: string; path: string }): Promise<void> {
  await mkdir(folders.trash, { recursive: true, mode: 0o755 });
  await giveToJob(folders.trash);
  // The row comes first: what lies in the folder without one would never be swept.
  await pool.query("insert into file_trash (id, job_id, path) values ($1, $2, $3)", [id, jobId, path]);
  try {
    await takeOut(folders.workspace, path, join(folders.trash, id));
  } catch (thrown) {
    await pool.query("delete from file_trash where id = $1", [id]);
    throw thrown;
  }
}

/** Throws: AppError `file.undo-unknown` when it was brought back or swept, `file.exists` when its place is taken. */
export async function bringBack(pool: Pool, folders: JobFolders, { id, jobId }: { id: string; jobId: string }): Promise<PlacedEntry> {
  const { rows } = await pool.query<{ path: string }>("select path from file_trash where id = $1 and job_id = $2", [id, jobId]);
  const aside = join(folders.trash, id);
  if (rows[0] === undefined || (await lstat(aside).catch(() => undefined)) === undefined)
    throw fault("file.undo-unknown", "There is nothing to bring back: it was brought back already, or was deleted for good since.");
  const entry = await putBack(folders.workspace, rows[0].path, aside);
  await pool.query("delete from file_trash where id = $1", [id]);
  return entry;
}

/** Deletes for good what was moved aside longer ago than that. Units: milliseconds. */
export async function sweepTrash(pool: Pool, foldersOf: (jobId: string) => JobFolders, keepMs: number): Promise<void> {
  const { rows } = await pool.query<{ id: string; job_id: string }>(
    "select id, job_id from file_trash where deleted_at < now() - $1 * interval '1 millisecond' order by deleted_at limit 100",
    [keepMs],
  );
  for (const { id, job_id: jobId } of rows) {
    await removeTree(join(foldersOf(jobId).trash, id));
    await pool.query("delete from file_trash where id = $1", [id]);
  }
}

const run = promisify(execFile);

/**
 * Deletes a file or folder with all that is in it. GNU's tools walk from descriptor to descriptor: a job that still has a folder of it open and puts a
 * symlink in its place leads them nowhere. Node's own `rm` goes by path.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  // A job may have taken the right to change its own folders.
  if (found.isDirectory()) await run("chmod", ["--recursive", "u+rwX", "--", path]).catch(() => undefined);
  await run("rm", ["--recursive", "--force", "--", path]);
}
