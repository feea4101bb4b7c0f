import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Client, Pool, Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { uploadsFolder } from "../files/job-folders.ts";
import { stage, type StagingOptions } from "../files/staging.ts";

export interface Upload {
  id: string;
  name: string;
  sizeBytes: number;
  sha256: string;
}

export const uploadPath = (jobsDir: string, id: string) => join(uploadsFolder(jobsDir), id);
export const partPath = (jobsDir: string, id: string) => join(uploadsFolder(jobsDir), `${id}.part`);

/** Stores a stream as an upload. Throws: AppError `file.too-large`, `file.no-space`; then nothing is left. */
export async function storeUpload(
  pool: Pool,
  jobsDir: string,
  { id, name, content, ...limits }: { id: string; name: string; content: AsyncIterable<Uint8Array> } & Omit<StagingOptions, "path">,
): Promise<Upload> {
  const staged = await stage(content, { ...limits, path: partPath(jobsDir, id) });
  try {
    await rename(staged.path, uploadPath(jobsDir, id));
    await pool.query("insert into uploads (id, name, size_bytes, sha256) values ($1, $2, $3, $4)", [id, name, staged.sizeBytes, staged.sha256]);
  } catch (thrown) {
    // A connection that broke at the commit may have stored the row: without its file a job that asks for it is told so.
    await rm(staged.path, { force: true });
    await rm(uploadPath(jobsDir, id), { force: true });
    throw thrown;
  }
  return { id, name, sizeBytes: staged.sizeBytes, sha256: staged.sha256 };
}

/** Holds uploads against the sweep until the transaction ends. Throws: AppError `upload.unknown`. */
export async function requireUploads(client: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const { rows } = await client.query<{ id: string }>("select id from uploads where id = any($1) for key share", [ids]);
  const missing = ids.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined) throw fault("upload.unknown", `There is no upload ${missing}; it was never there, or was swept because nothing used it.`);
}

/** Throws: AppError `upload.unknown`. */
export async function useUploads(client: Client, jobId: string, ids: string[]): Promise<void> {
  await requireUploads(client, ids);
  await client.query("insert into upload_uses (upload_id, job_id) select unnest($1::uuid[]), $2", [ids, jobId]);
}

/** Deletes uploads that nothing uses and that are older than that. Units: milliseconds. */
export async function sweepUploads(pool: Pool, jobsDir: string, keepMs: number): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `delete from uploads where id in (
       select id from uploads u where created_at < now() - $1 * interval '1 millisecond' and not exists (select from upload_uses where upload_id = u.id)
         and not exists (select from template_uploads where upload_id = u.id)
       order by created_at limit 100 for update skip locked)
     returning id`,
    [keepMs],
  );
  for (const { id } of rows) await rm(uploadPath(jobsDir, id), { force: true });
}
