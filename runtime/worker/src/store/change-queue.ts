import { inTransaction, type Pool } from "@freehold/kernel/postgres";
import type { Queue } from "../queue.ts";
import { clearLimit, lockQueue } from "./queue-state.ts";

/** From its answer on nothing is claimed; what runs goes on. Pausing a paused queue keeps the first time. */
export async function pauseQueue(pool: Pool, { by, reason }: { by: string | null; reason: string | null }): Promise<void> {
  await pool.query("update queue_state set paused_at = now(), paused_by = $1, pause_reason = $2 where paused_at is null", [by, reason]);
}

export async function unpauseQueue(pool: Pool): Promise<void> {
  await pool.query("update queue_state set paused_at = null, paused_by = null, pause_reason = null");
}

export interface QueueChange {
  slots?: number | undefined;
  waitForLimits?: boolean | undefined;
}

/** Who wants no waiting for limits ends the present one too. */
export async function changeQueue(pool: Pool, queue: Queue, change: QueueChange, worker: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockQueue(client);
    await client.query("update queue_state set slots = coalesce($1, slots), wait_for_limits = coalesce($2, wait_for_limits)", [
      change.slots ?? null,
      change.waitForLimits ?? null,
    ]);
    if (change.waitForLimits === false) await clearLimit(client, queue, worker);
  });
}

export async function endLimit(pool: Pool, queue: Queue, worker: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockQueue(client);
    await clearLimit(client, queue, worker);
  });
}
