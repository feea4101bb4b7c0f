import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Pool } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { isFinal } from "../job-states.ts";

/**
 * Deletes an ended job's rows and notes in the same transaction that its files and keys are still to go: a crash leaves nothing behind.
 * Throws: AppError `job.unknown`, `job.not-ended`.
 */
export async function deleteJob(pool: Pool, jobId: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ state: JobState }>("select state from jobs where id = $1 for update", [jobId]);
    const state = rows[0]?.state;
    if (state === undefined) throw fault("job.unknown", `There is no job ${jobId}.`);
    if (!isFinal(state)) throw fault("job.not-ended", `Job ${jobId} has not ended: it is ${state}. Cancel it first.`);
    await client.query("insert into deleted_jobs (job_id) values ($1)", [jobId]);
    await client.query("delete from jobs where id = $1", [jobId]);
  });
}
