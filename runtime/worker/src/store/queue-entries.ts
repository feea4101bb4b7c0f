import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import type { Entry, Queue } from "../queue.ts";

/** Gives a queued job, whose row the caller has written, its place in the queue. Throws: when there is no such job. */
export async function enqueue(client: Client, queue: Queue, jobId: string, place: Pick<Entry, "ahead" | "delayMs"> = {}): Promise<void> {
  const { rows } = await client.query<{ priority: number; is_command: boolean }>("select priority, command is not null as is_command from jobs where id = $1", [
    jobId,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error(`job ${jobId} is not there`);
  const entry = await queue.send(client, { jobId, isCommand: row.is_command, priority: row.priority, ...place });
  await client.query("update jobs set queue_entry = $2 where id = $1", [jobId, entry]);
}

/** Gives each queued job without a waiting entry a new one; a second entry would do no harm, since a claim looks at the job's state. */
export async function requeueForgotten(pool: Pool, queue: Queue, ids: string[]): Promise<void> {
  for (const id of ids)
    await inTransaction(pool, async (client) => {
      const { rows } = await client.query("select from jobs where id = $1 and state = 'queued' for update", [id]);
      if (rows.length > 0) await enqueue(client, queue, id);
    });
}
