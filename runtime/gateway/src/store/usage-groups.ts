import type { UsageGroup } from "@freehold/kernel/api/usage";
import type { Queryable } from "@freehold/kernel/postgres";
import type { DaySpan, Grouping } from "../usage-report.ts";

/** Each with the same three columns: what is grouped by, a name for it, the provider. */
const columnsOf: Readonly<Record<Grouping, string>> = {
  day: `to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') as "group", null::text as "name", null::text as "provider"`,
  model: `model as "group", null::text as "name", provider as "provider"`,
  key: `key_id::text as "group", (select virtual_keys.name from virtual_keys where id = key_id) as "name", null::text as "provider"`,
  job: `job_id as "group", null::text as "name", null::text as "provider"`,
};

const groupedBy: Readonly<Record<Grouping, string>> = { day: "1", model: "model, provider", key: "key_id", job: "job_id" };

const sums = `count(*)::float8 as "requests", (count(*) filter (where outcome <> 'completed'))::float8 as "failedRequests",
  (count(*) filter (where provider = 'rehearsal'))::float8 as "rehearsalRequests",
  (count(*) filter (where cost_usd is null and outcome = 'completed'))::float8 as "unpricedRequests",
  sum(input_tokens)::float8 as "inputTokens", sum(output_tokens)::float8 as "outputTokens", sum(cache_read_tokens)::float8 as "cacheReadTokens",
  sum(cache_write_5m_tokens + cache_write_1h_tokens)::float8 as "cacheWriteTokens", coalesce(sum(cost_usd), 0)::float8 as "costUsd"`;

/** Sums up the requests of some days by day, model, key or job: what cost the most comes first, days in their order. */
export async function sumByGroup(db: Queryable, by: Grouping, { from, to }: DaySpan, limit: number): Promise<UsageGroup[]> {
  const order = by === "day" ? `"group"` : `"costUsd" desc, "requests" desc, "group"`;
  const { rows } = await db.query<UsageGroup>(
    `select ${columnsOf[by]}, ${sums} from requests
     where started_at >= ($1::date)::timestamp at time zone 'UTC' and started_at < ($2::date + 1)::timestamp at time zone 'UTC'
       ${by === "job" ? "and job_id is not null" : ""}
     group by ${groupedBy[by]} order by ${order} limit $3`,
    [from, to, limit],
  );
  return rows;
}
