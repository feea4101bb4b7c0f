import type { Queryable } from "@freehold/kernel/postgres";

export interface JobEventRecord {
  jobId: string;
  attempt?: number;
  kind: string;
  worker: string;
  detail?: Record<string, unknown>;
}

/** Writes one line of a job's history, in the transaction that makes it true. */
export async function addEvent(client: Queryable, { jobId, attempt, kind, worker, detail }: JobEventRecord): Promise<void> {
  await client.query("insert into events (job_id, attempt, kind, worker, detail) values ($1, $2, $3, $4, $5)", [
    jobId,
    attempt ?? null,
    kind,
    worker,
    JSON.stringify(detail ?? {}),
  ]);
}
