import type { Queryable } from "@freehold/kernel/postgres";
import { mayAct, type Role } from "./roles.ts";
import { sha256 } from "./sessions.ts";

/** What API tokens begin with, so that people and scanners of leaked secrets know them. */
export const tokenPrefix = "fht_";

export const looksLikeApiToken = (text: string): boolean => /^fht_[\w-]{43}$/.test(text);

/** Units: milliseconds. The last use is written down at most this often. */
const noteUseEveryMs = 60_000;

export interface NewApiToken {
  id: string;
  token: string;
  memberId: string;
  name: string;
  role: Role;
  expiresAt: Date;
}

export interface ApiTokenEntry {
  id: string;
  name: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
}

export interface ApiTokenUse {
  id: string;
  member: { id: string; name: string; role: Role };
  /** The lesser of the token's role and its member's. */
  role: Role;
  /** Why it opens nothing any more. */
  refused: "expired" | "revoked" | undefined;
}

export async function createApiToken(db: Queryable, { id, token, memberId, name, role, expiresAt }: NewApiToken, nowMs: number): Promise<void> {
  await db.query("insert into api_tokens (id, token_sha256, member_id, name, role, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)", [
    id,
    sha256(token),
    memberId,
    name,
    role,
    new Date(nowMs),
    expiresAt,
  ]);
}

interface FoundToken {
  id: string;
  role: Role;
  member_id: string;
  name: string;
  member_role: Role;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** Finds whose token this is, also one that is over, and notes its use. */
export async function useApiToken(db: Queryable, token: string, nowMs: number): Promise<ApiTokenUse | undefined> {
  const { rows } = await db.query<FoundToken>(
    `select t.id, t.role, t.member_id, m.name, m.role as member_role, t.expires_at, t.last_used_at, t.revoked_at
     from api_tokens t join members m on m.id = t.member_id where t.token_sha256 = $1`,
    [sha256(token)],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  const refused = found.revoked_at !== null ? "revoked" : found.expires_at.getTime() <= nowMs ? "expired" : undefined;
  if (refused === undefined && nowMs - (found.last_used_at?.getTime() ?? 0) >= noteUseEveryMs)
    await db.query("update api_tokens set last_used_at = $2 where id = $1", [found.id, new Date(nowMs)]);
  const role = mayAct(found.member_role, found.role) ? found.role : found.member_role;
  return { id: found.id, member: { id: found.member_id, name: found.name, role: found.member_role }, role, refused };
}

/** A member's tokens that still open something, the newest first. */
export async function listApiTokens(db: Queryable, memberId: string, nowMs: number): Promise<ApiTokenEntry[]> {
  const { rows } = await db.query<ApiTokenEntry>(
    `select id, name, role, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt"
     from api_tokens where member_id = $1 and revoked_at is null and expires_at > $2 order by created_at desc, id limit 500`,
    [memberId, new Date(nowMs)],
  );
  return rows;
}

export async function memberOfToken(db: Queryable, id: string): Promise<string | undefined> {
  const { rows } = await db.query<{ member_id: string }>("select member_id from api_tokens where id = $1 and revoked_at is null", [id]);
  return rows[0]?.member_id;
}

export async function revokeApiToken(db: Queryable, id: string, nowMs: number): Promise<void> {
  await db.query("update api_tokens set revoked_at = $2 where id = $1 and revoked_at is null", [id, new Date(nowMs)]);
}

export async function revokeTokensOf(db: Queryable, memberId: string, nowMs: number): Promise<void> {
  await db.query("update api_tokens set revoked_at = $2 where member_id = $1 and revoked_at is null", [memberId, new Date(nowMs)]);
}
