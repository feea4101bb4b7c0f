import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "@freehold/kernel/errors";
import { foldersOf } from "../files/job-folders.ts";
import type { RunParts } from "./run.ts";

/** Removes files and keys of deleted jobs; what can't be removed now stays noted for the next time. */
export async function clearDeleted({ pool, gateway, jobsDir, log }: Pick<RunParts, "pool" | "gateway" | "jobsDir" | "log">): Promise<void> {
  const { rows } = await pool.query<{ job_id: string }>("select job_id from deleted_jobs order by at limit 50");
  for (const { job_id: jobId } of rows)
    try {
      await removeTree(foldersOf(jobsDir, jobId).root);
      await gateway.revokeKeys(jobId, Number.POSITIVE_INFINITY);
      await pool.query("delete from deleted_jobs where job_id = $1", [jobId]);
    } catch (error) {
      log.warn("job.files-left", { jobId, error });
    }
}

/** A job may have taken all rights from folders of its own; they are this user's, so they can be given back. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (thrown) {
    if (!["EACCES", "EPERM", "ENOTEMPTY"].includes(systemCodeOf(thrown) ?? "")) throw thrown;
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openFolders(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openFolders(join(path, name));
}
