import type { NoticeKind } from "@freehold/kernel/api/notice";
import type { Queryable } from "@freehold/kernel/postgres";
import type { Sealer } from "@freehold/kernel/sealing";
import { fault } from "../errors.ts";
import { channelSettings, shownOf, type ChannelKind, type ChannelSettings, type ChannelTerms } from "./channel-settings.ts";

export interface ChannelRow {
  id: string;
  name: string;
  kind: ChannelKind;
  shown: Record<string, unknown>;
  sealed: string;
  events: NoticeKind[];
  enabled: boolean;
  created_at: Date;
  updated_at: Date;
}

/** A channel as the API shows it: of its secrets only the names. Shape: times are ISO 8601. */
export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  events: NoticeKind[];
  enabled: boolean;
  createdAt: string;
  updatedAt: string;
  target: string;
  secrets: string[];
}

export function toChannel({ id, name, kind, shown, events, enabled, created_at, updated_at }: ChannelRow): Channel {
  const { target, secrets, ...fields } = shown as { target: string; secrets: string[] };
  return { id, name, kind, ...fields, target, secrets, events, enabled, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() };
}

export const contextOf = (channelId: string) => `channel ${channelId}`;

/** Throws: AppError `sealing.not-opened`. */
export function settingsOf(sealer: Sealer, { id, sealed }: Pick<ChannelRow, "id" | "sealed">): ChannelSettings {
  return channelSettings.parse(JSON.parse(sealer.open(sealed, contextOf(id))));
}

export interface NewChannel extends ChannelTerms {
  id: string;
  settings: ChannelSettings;
}

/** Throws: AppError `channel.name-taken`. */
export async function insertChannel(client: Queryable, sealer: Sealer, { id, name, events, enabled, settings }: NewChannel): Promise<ChannelRow> {
  const { rows } = await client.query<ChannelRow>(
    `insert into notice_channels (id, name, kind, shown, sealed, events, enabled) values ($1, $2, $3, $4, $5, $6, $7) on conflict (name) do nothing returning *`,
    [id, name, settings.kind, JSON.stringify(shownOf(settings)), sealer.seal(JSON.stringify(settings), contextOf(id)), events, enabled],
  );
  if (rows[0] === undefined) throw nameTaken(name);
  return rows[0];
}

const nameTaken = (name: string) =>
  fault("channel.name-taken", `There is a channel named ${JSON.stringify(name)} already. Choose another name, or change that one.`);

export async function listChannels(client: Queryable): Promise<ChannelRow[]> {
  const { rows } = await client.query<ChannelRow>("select * from notice_channels order by name");
  return rows;
}

/** Throws: AppError `channel.unknown`. */
export async function requireChannel(client: Queryable, id: string, { lock = false } = {}): Promise<ChannelRow> {
  const { rows } = await client.query<ChannelRow>(`select * from notice_channels where id = $1 ${lock ? "for update" : ""}`, [id]);
  if (rows[0] === undefined) throw fault("channel.unknown", `There is no channel ${id}.`);
  return rows[0];
}

/** Throws: AppError `channel.name-taken`. */
export async function storeChannel(client: Queryable, sealer: Sealer, { id, name, events, enabled, settings }: NewChannel): Promise<ChannelRow> {
  const { rows } = await client
    .query<ChannelRow>(
      `update notice_channels set name = $2, kind = $3, shown = $4, sealed = $5, events = $6, enabled = $7, updated_at = now() where id = $1 returning *`,
      [id, name, settings.kind, JSON.stringify(shownOf(settings)), sealer.seal(JSON.stringify(settings), contextOf(id)), events, enabled],
    )
    .catch((thrown: unknown) => {
      throw (thrown as { code?: string }).code === "23505" ? nameTaken(name) : thrown;
    });
  if (rows[0] === undefined) throw fault("channel.unknown", `There is no channel ${id}.`);
  return rows[0];
}

/** With its deliveries. Throws: AppError `channel.unknown`. */
export async function deleteChannel(client: Queryable, id: string): Promise<void> {
  const { rowCount } = await client.query("delete from notice_channels where id = $1", [id]);
  if (rowCount === 0) throw fault("channel.unknown", `There is no channel ${id}.`);
}
