import { createHash } from "node:crypto";
import type { Queryable } from "@freehold/kernel/postgres";
import type { Role } from "./roles.ts";

/** Units: milliseconds. A session ends this long after its last use. */
export const sessionMs = 7 * 24 * 60 * 60_000;
/** Units: milliseconds. A session in use is prolonged at most this often, so that reading costs no writes. */
const prolongEveryMs = 60 * 60_000;

export interface Session {
  id: string;
  member: { id: string; name: string; role: Role };
  /** Whether this use prolonged the session: the browser then needs a fresh cookie. */
  prolonged: boolean;
}

export interface NewSession {
  token: string;
  memberId: string;
  address: string;
  userAgent: string | undefined;
}

export interface SessionEntry {
  id: string;
  address: string;
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

export const sha256 = (token: string): Buffer => createHash("sha256").update(token).digest();

export async function createSession(db: Queryable, { token, memberId, address, userAgent }: NewSession, nowMs: number): Promise<void> {
  await db.query(
    "insert into sessions (token_sha256, member_id, address, user_agent, created_at, last_seen_at, expires_at) values ($1, $2, $3, $4, $5, $5, $6)",
    [sha256(token), memberId, address, userAgent?.slice(0, 300), new Date(nowMs), new Date(nowMs + sessionMs)],
  );
}

interface FoundSession {
  id: string;
  last_seen_at: Date;
  member_id: string;
  name: string;
  role: Role;
}

/** Finds a session that is neither expired nor revoked and whose member is still one, and prolongs it. */
export async function useSession(db: Queryable, token: string, nowMs: number): Promise<Session | undefined> {
  const { rows } = await db.query<FoundSession>(
    `select s.id, s.last_seen_at, s.member_id, m.name, m.role
     from sessions s join members m on m.id = s.member_id and m.removed_at is null
     where s.token_sha256 = $1 and s.revoked_at is null and s.expires_at > $2`,
    [sha256(token), new Date(nowMs)],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  const prolonged = nowMs - found.last_seen_at.getTime() >= prolongEveryMs;
  if (prolonged) await prolong(db, found.id, nowMs);
  return { id: found.id, member: { id: found.member_id, name: found.name, role: found.role }, prolonged };
}

async function prolong(db: Queryable, id: string, nowMs: number): Promise<void> {
  await db.query("update sessions set last_seen_at = $2, expires_at = $3 where id = $1 and revoked_at is null", [
    id,
    new Date(nowMs),
    new Date(nowMs + sessionMs),
  ]);
}

/** A member's live sessions, the last used first. */
export async function listSessions(db: Queryable, memberId: string, nowMs: number): Promise<SessionEntry[]> {
  const { rows } = await db.query<SessionEntry>(
    `select id, address, user_agent as "userAgent", created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt"
     from sessions where member_id = $1 and revoked_at is null and expires_at > $2 order by last_seen_at desc, id limit 500`,
    [memberId, new Date(nowMs)],
  );
  return rows;
}

/** Whose live session it is. */
export async function memberOfSession(db: Queryable, id: string): Promise<string | undefined> {
  const { rows } = await db.query<{ member_id: string }>("select member_id from sessions where id = $1 and revoked_at is null", [id]);
  return rows[0]?.member_id;
}

export async function revokeSession(db: Queryable, id: string, nowMs: number): Promise<void> {
  await db.query("update sessions set revoked_at = $2 where id = $1 and revoked_at is null", [id, new Date(nowMs)]);
}

/** Ends a member's sessions, all or all but one; returns how many. */
export async function revokeSessionsOf(db: Queryable, { memberId, butId }: { memberId: string; butId?: string | undefined }, nowMs: number): Promise<number> {
  const { rowCount } = await db.query(
    "update sessions set revoked_at = $2 where member_id = $1 and revoked_at is null and expires_at > $2 and ($3::uuid is null or id <> $3)",
    [memberId, new Date(nowMs), butId ?? null],
  );
  return rowCount ?? 0;
}

/** Whether somebody signed in from this address since a time. */
export async function isKnownAddress(db: Queryable, address: string, sinceMs: number): Promise<boolean> {
  const { rowCount } = await db.query("select 1 from sessions where address = $1 and created_at > $2 limit 1", [address, new Date(sinceMs)]);
  return rowCount === 1;
}
