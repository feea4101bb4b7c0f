import { createHash } from "node:crypto";
import type { Queryable } from "@freehold/kernel/postgres";

/** Units: milliseconds. A session ends this long after its last use. */
export const sessionMs = 7 * 24 * 60 * 60_000;
/** Units: milliseconds. A session in use is prolonged at most this often, so that reading costs no writes. */
const prolongEveryMs = 60 * 60_000;

export interface Session {
  tokenSha256: Buffer;
  /** Whether this use prolonged the session: the browser then needs a fresh cookie. */
  prolonged: boolean;
}

export interface NewSession {
  token: string;
  address: string;
  userAgent: string | undefined;
}

export const sha256 = (token: string): Buffer => createHash("sha256").update(token).digest();

export async function createSession(db: Queryable, { token, address, userAgent }: NewSession, nowMs: number): Promise<void> {
  await db.query(`insert into sessions (token_sha256, address, user_agent, created_at, last_seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)`, [
    sha256(token),
    address,
    userAgent?.slice(0, 300),
    new Date(nowMs),
    new Date(nowMs + sessionMs),
  ]);
}

/** Finds a session that is neither expired nor revoked, and prolongs it. */
export async function useSession(db: Queryable, token: string, nowMs: number): Promise<Session | undefined> {
  const tokenSha256 = sha256(token);
  const { rows } = await db.query<{ last_seen_at: Date }>(
    "select last_seen_at from sessions where token_sha256 = $1 and revoked_at is null and expires_at > $2",
    [tokenSha256, new Date(nowMs)],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  const prolonged = nowMs - found.last_seen_at.getTime() >= prolongEveryMs;
  if (prolonged) await prolong(db, tokenSha256, nowMs);
  return { tokenSha256, prolonged };
}

async function prolong(db: Queryable, tokenSha256: Buffer, nowMs: number): Promise<void> {
  await db.query("update sessions set last_seen_at = $2, expires_at = $3 where token_sha256 = $1 and revoked_at is null", [
    tokenSha256,
    new Date(nowMs),
    new Date(nowMs + sessionMs),
  ]);
}

export async function revokeSession(db: Queryable, tokenSha256: Buffer, nowMs: number): Promise<void> {
  await db.query("update sessions set revoked_at = $2 where token_sha256 = $1 and revoked_at is null", [tokenSha256, new Date(nowMs)]);
}

/** Whether somebody signed in from this address since a time. */
export async function isKnownAddress(db: Queryable, address: string, sinceMs: number): Promise<boolean> {
  const { rowCount } = await db.query("select 1 from sessions where address = $1 and created_at > $2 limit 1", [address, new Date(sinceMs)]);
  return rowCount === 1;
}
