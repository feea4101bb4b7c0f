import type { Log } from "@freehold/kernel/log";
import type { Queryable } from "@freehold/kernel/postgres";
import { knownAddressMs } from "./throttle.ts";

const dayMs = 24 * 60 * 60_000;

/** Deletes what nobody asks for any more: long-ended sessions, tokens and links, spent limits, old audit rows. */
export async function tidy(db: Queryable, auditKeepDays: number, nowMs: number): Promise<void> {
  await db.query("delete from sessions where expires_at < $1", [new Date(nowMs - knownAddressMs)]);
  await db.query("delete from api_tokens where least(revoked_at, expires_at) < $1", [new Date(nowMs - knownAddressMs)]);
  await db.query("delete from invitations where least(used_at, revoked_at, expires_at) < $1", [new Date(nowMs - knownAddressMs)]);
  await db.query("delete from sign_in_limits where used_up_until < $1", [new Date(nowMs)]);
  await db.query("delete from tenant_tickets where expires_at < $1", [new Date(nowMs - dayMs)]);
  await db.query("delete from audit where at < $1", [new Date(nowMs - auditKeepDays * dayMs)]);
}

/** Tidies now and then once a day; a failed round is logged and the next one catches up. */
export function tidyDaily(round: () => Promise<void>, log: Log): () => void {
  const run = () => void round().catch((error: unknown) => log.warn("housekeeping.failed", { error }));
  run();
  const timer = setInterval(run, dayMs);
  timer.unref();
  return () => clearInterval(timer);
}
