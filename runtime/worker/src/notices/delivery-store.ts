import type { Delivery } from "@freehold/kernel/api/notice";
import type { Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import type { ChannelKind } from "./channel-settings.ts";
import type { JobWebhook } from "./job-webhook.ts";
import type { Notice } from "./notice.ts";

/** A delivery that is this worker's to make until its lease runs out. */
export interface DueDelivery {
  id: string;
  attempts: number;
  notice: Notice;
  jobId: string | null;
  expired: boolean;
  channel: { id: string; name: string; sealed: string; enabled: boolean } | null;
  webhook: JobWebhook | null;
}

interface DueRow {
  id: string;
  attempts: number;
  message_id: string;
  kind: Notice["kind"];
  at: Date;
  job_id: string | null;
  data: Pick<Notice, "job" | "schedule" | "approval" | "limit">;
  expired: boolean;
  channel_id: string | null;
  name: string;
  sealed: string;
  enabled: boolean;
  webhook: JobWebhook | null;
}

export interface Taking {
  worker: string;
  limit: number;
  leaseMs: number;
  /** Channels that have enough under way. */
  busy: readonly string[];
}

/** Takes deliveries that are due. A worker that dies with them leaves them to the next one once the lease is over, and then they may arrive twice. */
export async function takeDue(client: Queryable, { worker, limit, leaseMs, busy }: Taking): Promise<DueDelivery[]> {
  const { rows } = await client.query<DueRow>(
    `with due as (
       select id from notice_deliveries where state = 'pending' and next_at <= now() and coalesce(channel_id::text, 'jobs') <> all ($3)
       order by next_at limit $1 for update skip locked
     ), taken as (
       update notice_deliveries d set attempts = attempts + 1, next_at = now() + $2 * interval '1 millisecond', worker = $4 from due where d.id = due.id
       returning d.id, d.attempts, d.message_id, d.channel_id, d.webhook
     )
     select taken.*, m.kind, m.at, m.job_id, m.data, c.name, c.sealed, c.enabled,
       coalesce(m.expires_at < now(), false) or exists (select from approvals a where a.id = (m.data -> 'approval' ->> 'id')::uuid and a.state <> 'pending') as expired
     from taken join notice_messages m on m.id = taken.message_id left join notice_channels c on c.id = taken.channel_id`,
    [limit, leaseMs, busy, worker],
  );
  return rows.map((row) => ({
    id: row.id,
    attempts: row.attempts,
    notice: { id: row.message_id, kind: row.kind, at: row.at.toISOString(), ...row.data },
    jobId: row.job_id,
    expired: row.expired,
    channel: row.channel_id === null ? null : { id: row.channel_id, name: row.name, sealed: row.sealed, enabled: row.enabled },
    webhook: row.webhook,
  }));
}

/** `retried` after a delay, or ended. Units: milliseconds. */
export type DeliveryOutcome = { state: "delivered" } | { state: "dead"; error: string } | { state: "retried"; error: string; delayMs: number };

/** Writes what came of a try; nothing when another worker has taken the delivery since. */
export async function storeOutcome(client: Queryable, { id, attempts }: Pick<DueDelivery, "id" | "attempts">, outcome: DeliveryOutcome): Promise<void> {
  const state = outcome.state === "retried" ? "pending" : outcome.state;
  await client.query(
    `update notice_deliveries set state = $3, last_error = $4, worker = null, next_at = now() + $5 * interval '1 millisecond', ended_at = case when $3 <> 'pending' then now() end
     where id = $1 and attempts = $2 and state = 'pending'`,
    [id, attempts, state, "error" in outcome ? outcome.error.replaceAll("\0", "�").slice(0, 1_000) : null, outcome.state === "retried" ? outcome.delayMs : 0],
  );
}

/** Gives back what was taken but not tried to its end, because the worker stops. */
export async function giveBack(client: Queryable, { id, attempts }: Pick<DueDelivery, "id" | "attempts">): Promise<void> {
  await client.query(
    "update notice_deliveries set attempts = attempts - 1, next_at = now(), worker = null where id = $1 and attempts = $2 and state = 'pending'",
    [id, attempts],
  );
}

/** Lets go of what a worker's last process had taken: nobody else has its name. */
export async function letGo(client: Queryable, worker: string): Promise<void> {
  await client.query("update notice_deliveries set next_at = now(), worker = null where state = 'pending' and worker = $1", [worker]);
}

/** Records a test of a channel, which is sent once and at once. */
export async function insertTest(client: Queryable, channelId: string, { messageId, error }: { messageId: string; error: string | null }): Promise<void> {
  await client.query(
    `with message as (insert into notice_messages (id, kind, data) values ($1, 'test', '{}') returning id)
     insert into notice_deliveries (message_id, channel_id, state, attempts, last_error, ended_at) select id, $2, $3, 1, $4, now() from message`,
    [messageId, channelId, error === null ? "delivered" : "dead", error?.replaceAll("\0", "�").slice(0, 1_000) ?? null],
  );
}

interface DeliveryRow extends Pick<Delivery, "id" | "kind" | "state" | "attempts"> {
  message_id: string;
  at: Date;
  job_id: string | null;
  channel_id: string | null;
  name: string;
  channel_kind: ChannelKind;
  target: string;
  webhook: JobWebhook | null;
  next_at: Date;
  last_error: string | null;
  ended_at: Date | null;
}

export interface DeliveryQuery {
  limit: number;
  before?: string | undefined;
  channelId?: string | undefined;
  state?: Delivery["state"] | undefined;
}

/** The newest first. */
export async function listDeliveries(client: Queryable, { limit, before, channelId, state }: DeliveryQuery): Promise<Delivery[]> {
  const { rows } = await client.query<DeliveryRow>(
    `select d.*, m.kind, m.at, m.job_id, c.name, c.kind as channel_kind, c.shown ->> 'target' as target
     from notice_deliveries d join notice_messages m on m.id = d.message_id left join notice_channels c on c.id = d.channel_id
     where ($2::bigint is null or d.id < $2) and ($3::uuid is null or d.channel_id = $3) and ($4::text is null or d.state = $4) order by d.id desc limit $1`,
    [limit, before ?? null, channelId ?? null, state ?? null],
  );
  return rows.map(toDelivery);
}

const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  messageId: row.message_id,
  kind: row.kind,
  at: row.at.toISOString(),
  jobId: row.job_id,
  channel: row.channel_id === null ? null : { id: row.channel_id, name: row.name, kind: row.channel_kind },
  target: row.webhook?.target ?? row.target,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.state === "pending" ? row.next_at.toISOString() : null,
  error: row.last_error,
  endedAt: row.ended_at?.toISOString() ?? null,
});

/** Begins a dead delivery's tries anew; one under way stays as it is. Throws: AppError `delivery.unknown`. */
export async function retryDelivery(client: Queryable, id: string): Promise<void> {
  const { rowCount } = await client.query(
    `update notice_deliveries set state = 'pending', ended_at = null, next_at = case when state = 'dead' then now() else next_at end,
       attempts = case when state = 'dead' then 0 else attempts end
     where id = $1 and state <> 'delivered'`,
    [id],
  );
  if (rowCount === 0) throw fault("delivery.unknown", `There is no delivery ${id} that did not arrive.`);
}

/** Forgets what was told long ago. Units: days. */
export async function forgetOld(client: Queryable, keepDays: number): Promise<void> {
  await client.query(
    `delete from notice_messages m where m.at < now() - $1 * interval '1 day'
     and not exists (select from notice_deliveries d where d.message_id = m.id and d.state = 'pending')`,
    [keepDays],
  );
}
