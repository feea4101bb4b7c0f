import type { Queryable } from "@freehold/kernel/postgres";
import { waitMs, type Limit } from "./throttle.ts";

/**
 * Takes one try from a key's allowance in one statement, so that a hundred tries at once count as a hundred.
 * Returns how long to wait, 0 when the try was granted. A refused try costs nothing. Units: milliseconds.
 */
export async function takeTry(db: Queryable, key: string, limit: Limit, nowMs: number): Promise<number> {
  const now = new Date(nowMs);
  const { rowCount } = await db.query(
    `insert into sign_in_limits as known (key, used_up_until) values ($1, $2::timestamptz + $3 * interval '1 ms')
     on conflict (key) do update set used_up_until = greatest(known.used_up_until, $2::timestamptz) + $3 * interval '1 ms'
     where known.used_up_until - $2::timestamptz <= $4 * interval '1 ms'`,
    [key, now, limit.intervalMs, (limit.burst - 1) * limit.intervalMs],
  );
  if (rowCount === 1) return 0;
  const { rows } = await db.query<{ used_up_until: Date }>("select used_up_until from sign_in_limits where key = $1", [key]);
  // At least a second: the row may have changed between the two statements, and the try was refused all the same.
  return Math.max(1_000, waitMs(limit, rows[0]?.used_up_until.getTime() ?? 0, nowMs));
}

/** Gives one try back. */
export async function returnTry(db: Queryable, key: string, limit: Limit): Promise<void> {
  await db.query("update sign_in_limits set used_up_until = used_up_until - $2 * interval '1 ms' where key = $1", [key, limit.intervalMs]);
}
