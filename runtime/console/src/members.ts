import { inTransaction, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { revokeTokensOf } from "./api-tokens.ts";
import type { PasswordHash } from "./password.ts";
import type { Role } from "./roles.ts";
import { revokeSessionsOf } from "./sessions.ts";

/** Who somebody is, as every part of the console names them. */
export interface Member {
  id: string;
  name: string;
  role: Role;
}

/** The owner has this id, and this name to sign in with. */
export const owner: Member = { id: "owner", name: "owner", role: "owner" };

export interface MemberEntry extends Member {
  createdAt: Date;
  /** Exact to the hour. */
  lastSeenAt: Date | null;
  sessions: number;
  tokens: number;
}

export async function listMembers(db: Queryable, nowMs: number): Promise<MemberEntry[]> {
  const { rows } = await db.query<MemberEntry>(
    `select id, name, role, created_at as "createdAt",
       (select max(last_seen_at) from sessions s where s.member_id = m.id) as "lastSeenAt",
       (select count(*)::int from sessions s where s.member_id = m.id and s.revoked_at is null and s.expires_at > $1) as sessions,
       (select count(*)::int from api_tokens t where t.member_id = m.id and t.revoked_at is null and t.expires_at > $1) as tokens
     from members m where removed_at is null order by id <> 'owner', created_at, id`,
    [new Date(nowMs)],
  );
  return rows;
}

export async function findMember(db: Queryable, id: string): Promise<Member | undefined> {
  const { rows } = await db.query<Member>("select id, name, role from members where id = $1 and removed_at is null", [id]);
  return rows[0];
}

/** A member by the name they sign in with, with the hash of their password; the owner's lies apart. */
export async function findMemberByName(db: Queryable, name: string): Promise<{ member: Member; password: PasswordHash } | undefined> {
  const { rows } = await db.query<Member & PasswordHash>(
    `select m.id, m.name, m.role, coalesce(o.salt, m.salt) as salt, coalesce(o.hash, m.hash) as hash
     from members m left join owner_password o on m.id = 'owner'
     where lower(m.name) = lower($1) and m.removed_at is null`,
    [name],
  );
  const found = rows[0];
  if (found === undefined || found.hash === null) return undefined;
  const { salt, hash, ...member } = found;
  return { member, password: { salt, hash } };
}

/** Whether somebody has this name already, or is invited under it. */
export async function isNameTaken(db: Queryable, name: string, nowMs: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from members where lower(name) = lower($1) and removed_at is null
     union all
     select 1 from invitations
     where lower(name) = lower($1) and member_id is null and used_at is null and revoked_at is null and expires_at > $2 limit 1`,
    [name, new Date(nowMs)],
  );
  return rowCount === 1;
}

/** Gives a member another role, which holds from their next request on; false when there is no such member, or it is the owner. */
export async function changeRole(db: Queryable, id: string, role: Exclude<Role, "owner">): Promise<boolean> {
  const { rowCount } = await db.query("update members set role = $2 where id = $1 and id <> 'owner' and removed_at is null", [id, role]);
  return rowCount === 1;
}

export async function setPassword(db: Queryable, id: string, { salt, hash }: PasswordHash): Promise<boolean> {
  const { rowCount } = await db.query("update members set salt = $2, hash = $3 where id = $1 and id <> 'owner' and removed_at is null", [id, salt, hash]);
  return rowCount === 1;
}

/** Ends all that lets a member in; false when there is no such member, or it is the owner. */
export async function removeMember(pool: Pool, id: string, nowMs: number): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const now = new Date(nowMs);
    const { rowCount } = await client.query(
      "update members set removed_at = $2, salt = null, hash = null where id = $1 and id <> 'owner' and removed_at is null",
      [id, now],
    );
    if (rowCount !== 1) return false;
    await revokeSessionsOf(client, { memberId: id }, nowMs);
    await revokeTokensOf(client, id, nowMs);
    await client.query("update invitations set revoked_at = $2 where member_id = $1 and used_at is null and revoked_at is null", [id, now]);
    return true;
  });
}
