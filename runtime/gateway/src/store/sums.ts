import type { Queryable } from "@freehold/kernel/postgres";
import { toNano, type PeriodIds } from "../budgets/budget.ts";
import type { Sums } from "../limits/ledger.ts";

interface Row {
  requests: number;
  day: number;
  month: number;
}

const columns = `(count(*) filter (where started_at >= $2))::float8 as requests,
  coalesce(sum(cost_usd) filter (where started_at >= $2), 0)::float8 as day, coalesce(sum(cost_usd), 0)::float8 as month`;

/** Sums up what the books have of a subject of limits in the running day and month. */
export async function sumSubject(db: Queryable, subjectId: string, { day, month }: PeriodIds): Promise<Sums> {
  const [kind, name] = [subjectId.slice(0, subjectId.indexOf(":")), subjectId.slice(subjectId.indexOf(":") + 1)];
  const owner = kind === "key" ? "key_id = $1::uuid" : "provider = $1";
  const today = `${day}T00:00:00Z`;
  // A provider has no budget; its day is all that is asked for.
  const since = kind === "key" ? `${month}-01T00:00:00Z` : today;
  const { rows } = await db.query<Row>(`select ${columns} from requests where ${owner} and started_at >= $3`, [name, today, since]);
  const row = rows[0] as Row;
  return { requestsToday: row.requests, spent: { day: toNano(row.day), month: toNano(row.month) } };
}
