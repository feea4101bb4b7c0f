import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AppError, systemCodeOf } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { giveToJob, type JobFolders } from "../files/job-folders.ts";
import { stage } from "../files/staging.ts";
import { placeFile } from "../files/writes.ts";
import { inputsOf, uploadIdsOf, type InputFile, type JobInputs } from "./file-request.ts";
import { partPath, uploadPath, useUploads } from "./uploads.ts";

const instructionsFile = "instructions.md";

/** Notes what a new job shall find, in the transaction that makes it. Throws: AppError `upload.unknown`. */
export async function addInputs(client: Client, jobId: string, request: Parameters<typeof inputsOf>[0]): Promise<void> {
  const inputs = inputsOf(request);
  if (inputs === undefined) return;
  await client.query("insert into job_inputs (job_id, files, data, instructions) values ($1, $2, $3, $4)", [
    jobId,
    JSON.stringify(inputs.files),
    JSON.stringify(inputs.data),
    inputs.instructions,
  ]);
  await useUploads(client, jobId, uploadIdsOf(inputs));
}

/** What the container sees beside its workspace, and must not change. */
export interface PreparedInputs {
  mounts: ("data" | "instructions")[];
  instructions: string | null;
}

/**
 * Puts a job's files where it will find them. Done once, before the first container: what the job has made of them by a later attempt stays.
 * Broken off, it is begun anew. Throws: AppError when an upload's file is gone; errors of the file system.
 */
export async function prepareInputs(pool: Pool, { jobsDir, folders, jobId }: { jobsDir: string; folders: JobFolders; jobId: string }): Promise<PreparedInputs> {
  const found = await inputsOfJob(pool, jobId);
  if (found === undefined) return { mounts: [], instructions: null };
  if (!found.prepared) {
    for (const file of found.files) await put(jobsDir, folders.workspace, file);
    for (const file of found.data) await put(jobsDir, folders.data, file);
    if (found.instructions !== null) await writeFileAtomic(join(folders.instructions, instructionsFile), found.instructions);
    await inTransaction(pool, async (client) => {
      await client.query("update job_inputs set prepared_at = now() where job_id = $1", [jobId]);
      await client.query("delete from upload_uses where job_id = $1", [jobId]);
    });
  }
  return {
    mounts: [...(found.data.length > 0 ? ["data" as const] : []), ...(found.instructions === null ? [] : ["instructions" as const])],
    instructions: found.instructions,
  };
}

async function inputsOfJob(pool: Queryable, jobId: string): Promise<(JobInputs & { prepared: boolean }) | undefined> {
  const { rows } = await pool.query<JobInputs & { prepared: boolean }>(
    "select files, data, instructions, prepared_at is not null as prepared from job_inputs where job_id = $1",
    [jobId],
  );
  return rows[0];
}

async function put(jobsDir: string, folder: string, { path, text, uploadId }: InputFile): Promise<void> {
  const part = partPath(jobsDir, randomUUID());
  try {
    if (uploadId === undefined) await stage(oneOf(text ?? ""), { path: part, limitBytes: Number.POSITIVE_INFINITY });
    else await copyUpload(jobsDir, uploadId, part);
    await placeFile(folder, path, part);
  } finally {
    await rm(part, { force: true });
  }
}

async function* oneOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A copy, which the job may change as it likes; where the file system can, it shares the blocks. */
async function copyUpload(jobsDir: string, uploadId: string, part: string): Promise<void> {
  await copyFile(uploadPath(jobsDir, uploadId), part, constants.COPYFILE_FICLONE).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
    throw new AppError("upload.gone", `The file of upload ${uploadId} is not on the disk any more. Upload it again and make a new job.`, { cause: thrown });
  });
  // The sweep takes an old part for one that lost its writer.
  await utimes(part, new Date(), new Date());
  await giveToJob(part);
}
