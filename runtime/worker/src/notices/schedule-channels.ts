import { createHash, randomUUID } from "node:crypto";
import type { Client, Queryable } from "@freehold/kernel/postgres";
import type { NoticeTarget } from "@freehold/kernel/schedules/notice-plan";
import type { Sealer } from "@freehold/kernel/sealing";
import { fault } from "../errors.ts";
import { channelSettings, type ChannelSettings } from "./channel-settings.ts";
import { insertChannel, storeChannel, type ChannelRow } from "./channel-store.ts";

/** A channel that hears of a schedule's jobs. */
export interface ChannelLink {
  id: string;
  onlyOnError: boolean;
}

export async function scheduleChannels(client: Queryable, scheduleId: string): Promise<(ChannelLink & { name: string })[]> {
  const { rows } = await client.query<{ id: string; name: string; only_on_error: boolean }>(
    "select c.id, c.name, s.only_on_error from schedule_channels s join notice_channels c on c.id = s.channel_id where s.schedule_id = $1 order by c.name",
    [scheduleId],
  );
  return rows.map(({ id, name, only_on_error: onlyOnError }) => ({ id, name, onlyOnError }));
}

/** Throws: AppError `channel.unknown`. */
export async function setScheduleChannels(client: Client, scheduleId: string, links: readonly ChannelLink[]): Promise<void> {
  await client.query("delete from schedule_channels where schedule_id = $1", [scheduleId]);
  for (const { id, onlyOnError } of links) {
    const { rowCount } = await client.query(
      `insert into schedule_channels (schedule_id, channel_id, only_on_error) select $1, id, $3 from notice_channels where id = $2
       on conflict (schedule_id, channel_id) do update set only_on_error = excluded.only_on_error`,
      [scheduleId, id, onlyOnError],
    );
    if (rowCount === 0) throw fault("channel.unknown", `There is no channel ${id}.`);
  }
}

/** Makes the channels that a file names, or changes those of an earlier import; each hears only of the schedules that it is linked with. */
export async function importChannels(client: Client, sealer: Sealer, targets: readonly NoticeTarget[]): Promise<ChannelLink[]> {
  const links: ChannelLink[] = [];
  for (const target of targets) {
    const channel = { name: nameOf(target), events: [], enabled: true, settings: settingsOf(target) };
    const { rows } = await client.query<ChannelRow>("select * from notice_channels where name = $1 for update", [channel.name]);
    const [row] = rows;
    const stored =
      row === undefined
        ? await insertChannel(client, sealer, { id: randomUUID(), ...channel })
        : await storeChannel(client, sealer, { ...channel, id: row.id, events: row.events, enabled: row.enabled });
    links.push({ id: stored.id, onlyOnError: target.onlyOnError });
  }
  return links;
}

/** The same for the same receiver, in whatever file and job it stands. */
function nameOf(target: NoticeTarget): string {
  const told = target.kind === "slack" ? [target.url] : [target.host, target.port, target.user, target.from, ...target.to];
  const digest = createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 8);
  return target.kind === "slack" ? `Ofelia: Slack ${digest}` : `Ofelia: mail by ${target.host.slice(0, 60)} ${digest}`;
}

/** Throws: AppError `schedule.file-refused`. */
function settingsOf({ onlyOnError: _only, ...target }: NoticeTarget): ChannelSettings {
  const { user, password, ...fields } = { user: "", password: "", ...target };
  const given = { ...fields, ...(user === "" ? {} : { user }), ...(password === "" ? {} : { password }) };
  const parsed = channelSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  const told = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw fault("schedule.file-refused", `The file was refused. Its notices by ${target.kind} can't be sent as they are: ${told}.`);
}
