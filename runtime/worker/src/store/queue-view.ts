import type { QueueView } from "@freehold/kernel/api/queue";
import type { Queryable } from "@freehold/kernel/postgres";

interface Row {
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  slots: number | null;
  wait_for_limits: boolean;
  limit_until: Date | null;
  limit_reason: string | null;
  limit_provider: string | null;
  running: number;
  queued: number;
  limited: number;
  asking: number;
  oldest: Date | null;
}

const count = (state: string) => `(select count(*)::int from jobs where state = '${state}')`;

export async function viewQueue(client: Queryable, maxSlots: number): Promise<QueueView> {
  const { rows } = await client.query<Row>(
    `select paused_at, paused_by, pause_reason, slots, wait_for_limits, limit_reason, limit_provider,
     case when limit_until > now() then limit_until end as limit_until, ${count("running")} as running, ${count("queued")} as queued,
     ${count("waiting-for-limit")} as limited, ${count("waiting-for-approval")} as asking,
     (select created_at from jobs where state = 'queued' order by id limit 1) as oldest from queue_state`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the queue's own row is not there");
  const { paused_at: pausedAt, limit_until: until, limit_reason: reason } = row;
  return {
    paused: pausedAt === null ? null : { at: pausedAt.toISOString(), by: row.paused_by, reason: row.pause_reason },
    limit: until === null || reason === null ? null : { until: until.toISOString(), reason, provider: row.limit_provider },
    waitForLimits: row.wait_for_limits,
    slots: Math.min(row.slots ?? maxSlots, maxSlots),
    maxSlots,
    running: row.running,
    queued: row.queued,
    waitingForLimit: row.limited,
    waitingForApproval: row.asking,
    oldestQueuedAt: row.oldest?.toISOString() ?? null,
  };
}
