import type { JobState } from "@freehold/kernel/api/job-state";
import { inTransaction, type Pool } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import type { Job } from "../job.ts";
import { transitions } from "../job-states.ts";
import { addEvent } from "./events.ts";
import { requireJob } from "./jobs.ts";

/**
 * Cancels a queued job at once and asks for the end of a running one; an ended job stays as it is. The queue entry is left alone:
 * a claim passes it by, and touching it here would lock in the opposite order of a claim.
 * Throws: AppError `job.unknown`.
 */
export async function requestCancel(pool: Pool, jobId: string, worker: string): Promise<Job> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ state: JobState; asked: boolean }>(
      "select state, cancel_requested_at is not null as asked from jobs where id = $1 for update",
      [jobId],
    );
    if (rows[0] === undefined) throw fault("job.unknown", `There is no job ${jobId}.`);
    const next = transitions[rows[0].state]["cancel-requested"];
    if (next !== null && !rows[0].asked) {
      await client.query(
        "update jobs set state = $2, cancel_requested_at = now(), finished_at = case when $2 = 'cancelled' then now() end, queue_entry = case when $2 = 'running' then queue_entry end where id = $1",
        [jobId, next],
      );
      await addEvent(client, { jobId, kind: next === "cancelled" ? "job.cancelled" : "job.cancel-requested", worker });
    }
    return requireJob(client, jobId);
  });
}
