import type { Pool, Queryable } from "@freehold/kernel/postgres";
import type { Member } from "../members.ts";
import type { Role } from "../roles.ts";
import { sessionMs, sha256 } from "../sessions.ts";

/** Units: milliseconds. From the console to the tenant's host a browser takes less. */
export const ticketMs = 30_000;
/** Units: milliseconds. Work at a tenant prolongs the session as work in the console does, and no more often. */
const prolongEveryMs = 60 * 60_000;

export interface NewTicket {
  token: string;
  /** The SHA-256 of the nonce that the browser holds at the tenant's host. */
  visit: Buffer;
  host: string;
  path: string;
  sessionId: string;
}

export async function createTicket(db: Queryable, { token, visit, host, path, sessionId }: NewTicket, nowMs: number): Promise<void> {
  await db.query("insert into tenant_tickets (token_sha256, visit_sha256, host, path, session_id, expires_at) values ($1, $2, $3, $4, $5, $6)", [
    sha256(token),
    visit,
    host,
    path,
    sessionId,
    new Date(nowMs + ticketMs),
  ]);
}

export interface Exchange {
  ticket: string;
  /** The nonce in the browser's cookie. */
  visit: string;
  host: string;
  /** Becomes the pass. */
  token: string;
}

/** Turns a ticket into a pass, once; answers with the path to go on to, or undefined when the ticket is not good here, now and for this browser. */
export async function exchangeTicket(pool: Pool, { ticket, visit, host, token }: Exchange, nowMs: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ path: string }>(
    `with used as (
       update tenant_tickets t set used_at = $5 from sessions s
       where t.token_sha256 = $1 and t.visit_sha256 = $2 and t.host = $3 and t.used_at is null and t.expires_at > $5
         and s.id = t.session_id and s.revoked_at is null and s.expires_at > $5
       returning t.path, t.session_id),
     made as (insert into tenant_passes (token_sha256, host, session_id, created_at) select $4, $3, session_id, $5 from used)
     select path from used`,
    [sha256(ticket), sha256(visit), host, sha256(token), new Date(nowMs)],
  );
  return rows[0]?.path;
}

interface FoundPass {
  session_id: string;
  last_seen_at: Date;
  id: string;
  name: string;
  role: Role;
}

/** Whose pass this is at a host, as long as the session from which it came is neither expired nor revoked. */
export async function usePass(db: Queryable, { tokenSha256, host }: { tokenSha256: Buffer; host: string }, nowMs: number): Promise<Member | undefined> {
  const { rows } = await db.query<FoundPass>(
    `select s.id as session_id, s.last_seen_at, m.id, m.name, m.role
     from tenant_passes p join sessions s on s.id = p.session_id join members m on m.id = s.member_id and m.removed_at is null
     where p.token_sha256 = $1 and p.host = $2 and s.revoked_at is null and s.expires_at > $3`,
    [tokenSha256, host, new Date(nowMs)],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  if (nowMs - found.last_seen_at.getTime() >= prolongEveryMs)
    await db.query("update sessions set last_seen_at = $2, expires_at = $3 where id = $1 and revoked_at is null", [
      found.session_id,
      new Date(nowMs),
      new Date(nowMs + sessionMs),
    ]);
  return { id: found.id, name: found.name, role: found.role };
}
