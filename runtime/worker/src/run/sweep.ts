import { jobsWithoutEntry } from "../queue.ts";
import { requeueForgotten } from "../store/queue-entries.ts";
import { storeUsage } from "../store/settle.ts";
import type { RunParts } from "./run.ts";

const batch = 50;

/** Removes containers that no running attempt owns. The list is taken first: a container in it had its attempt by then. */
export async function reapContainers({ manager, pool, log }: Pick<RunParts, "manager" | "pool" | "log">): Promise<void> {
  const containers = await manager.list();
  if (containers.length === 0) return;
  const { rows } = await pool.query<{ job_id: string; number: number }>("select job_id, number from attempts where state = 'running'");
  const owned = new Set(rows.map((row) => `${row.job_id}/${row.number}`));
  for (const orphan of containers.filter((container) => !owned.has(`${container.jobId}/${container.attempt}`))) {
    log.warn("container.reaped", { name: orphan.name, jobId: orphan.jobId, attempt: orphan.attempt });
    await manager.remove(orphan.name);
  }
}

export async function sweepQueue({ pool, queue, log }: Pick<RunParts, "pool" | "queue" | "log">): Promise<void> {
  const forgotten = await jobsWithoutEntry(pool);
  if (forgotten.length > 0) log.warn("queue.requeued", { jobs: forgotten.length });
  await requeueForgotten(pool, queue, forgotten);
}

/** Revokes the keys of ended attempts that could not be revoked when they ended. */
export async function sweepKeys({ pool, gateway }: Pick<RunParts, "pool" | "gateway">): Promise<void> {
  const { rows } = await pool.query<{ job_id: string; number: number }>(
    `select job_id, max(number) as number from attempts a where key_revoked_at is null and state <> 'running'
     and not exists (select from attempts b where b.job_id = a.job_id and b.state = 'running') group by job_id limit $1`,
    [batch],
  );
  for (const { job_id: jobId, number } of rows) {
    await gateway.revokeKeys(jobId, number);
    await pool.query("update attempts set key_revoked_at = now() where job_id = $1 and number <= $2 and key_revoked_at is null", [jobId, number]);
  }
}

/** Asks again what jobs cost whose gateway was away when they ended. */
export async function sweepUsage({ pool, gateway }: Pick<RunParts, "pool" | "gateway">): Promise<void> {
  const { rows } = await pool.query<{ id: string }>("select id from jobs where usage_pending and state in ('succeeded', 'failed', 'cancelled') limit $1", [
    batch,
  ]);
  for (const { id } of rows) await storeUsage(pool, id, await gateway.usageOf(id));
}
