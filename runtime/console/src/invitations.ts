import { AppError } from "@freehold/kernel/errors";
import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { setPassword, type Member } from "./members.ts";
import type { PasswordHash } from "./password.ts";
import type { Role } from "./roles.ts";
import { revokeSessionsOf, sha256 } from "./sessions.ts";

export interface NewInvitation {
  id: string;
  token: string;
  name: string;
  role: Exclude<Role, "owner">;
  /** Whose password the link sets; a new member's unless given. */
  memberId?: string;
  createdBy: string;
  expiresAt: Date;
}

export interface InvitationEntry {
  id: string;
  name: string;
  role: Role;
  /** `password` sets another password for a member. */
  kind: "member" | "password";
  createdAt: Date;
  createdBy: string;
  expiresAt: Date;
}

export async function createInvitation(pool: Pool, { memberId, ...invitation }: NewInvitation, nowMs: number): Promise<void> {
  const { id, token, name, role, createdBy, expiresAt } = invitation;
  await inTransaction(pool, async (client) => {
    // The newest link alone works: one that was sent astray is closed by sending another.
    if (memberId !== undefined)
      await client.query("update invitations set revoked_at = $2 where member_id = $1 and used_at is null and revoked_at is null", [memberId, new Date(nowMs)]);
    await client.query(
      `insert into invitations (id, token_sha256, name, role, member_id, created_by, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, sha256(token), name, role, memberId ?? null, createdBy, new Date(nowMs), expiresAt],
    );
  });
}

const columns = `i.id, i.name, i.role, case when i.member_id is null then 'member' else 'password' end as kind,
  i.created_at as "createdAt", i.expires_at as "expiresAt"`;
const isOpen = "i.used_at is null and i.revoked_at is null and i.expires_at > ";

/** Links that can still be used, the newest first. */
export async function listInvitations(db: Queryable, nowMs: number): Promise<InvitationEntry[]> {
  const { rows } = await db.query<InvitationEntry>(
    `select ${columns}, m.name as "createdBy" from invitations i join members m on m.id = i.created_by
     where ${isOpen} $1 order by i.created_at desc, i.id limit 500`,
    [new Date(nowMs)],
  );
  return rows;
}

/** What a link is for. Throws: AppError `invitation.over`. */
export async function lookAtInvitation(db: Queryable, token: string, nowMs: number): Promise<Omit<InvitationEntry, "createdBy">> {
  const { rows } = await db.query<InvitationEntry>(`select ${columns} from invitations i where i.token_sha256 = $1 and ${isOpen} $2`, [
    sha256(token),
    new Date(nowMs),
  ]);
  if (rows[0] === undefined) throw over();
  return rows[0];
}

/** False when it is used, over or unknown. */
export async function revokeInvitation(db: Queryable, id: string, nowMs: number): Promise<boolean> {
  const { rowCount } = await db.query("update invitations i set revoked_at = $2 where i.id = $1 and i.used_at is null and i.revoked_at is null", [
    id,
    new Date(nowMs),
  ]);
  return rowCount === 1;
}

export interface Acceptance {
  token: string;
  password: PasswordHash;
  /** The id of whoever becomes a member by it. */
  newId: string;
}

/** Uses a link up, once, whoever comes first. Throws: AppError `invitation.over`, `invitation.name-taken`. */
export async function acceptInvitation(pool: Pool, { token, password, newId }: Acceptance, nowMs: number): Promise<Member> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Member & { member_id: string | null }>(
      `update invitations i set used_at = $2 where i.token_sha256 = $1 and ${isOpen} $2 returning i.name, i.role, i.member_id`,
      [sha256(token), new Date(nowMs)],
    );
    const used = rows[0];
    if (used === undefined) throw over();
    if (used.member_id === null) return addMember(client, { id: newId, name: used.name, role: used.role }, { password, nowMs });
    if (!(await setPassword(client, used.member_id, password))) throw over();
    await revokeSessionsOf(client, { memberId: used.member_id }, nowMs);
    const { rows: members } = await client.query<Member>("select id, name, role from members where id = $1", [used.member_id]);
    return members[0]!;
  });
}

async function addMember(client: Client, member: Member, { password, nowMs }: { password: PasswordHash; nowMs: number }): Promise<Member> {
  const { rowCount } = await client.query(
    `insert into members (id, name, role, salt, hash, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (lower(name)) where removed_at is null do nothing`,
    [member.id, member.name, member.role, password.salt, password.hash, new Date(nowMs)],
  );
  if (rowCount === 1) return member;
  throw new AppError("invitation.name-taken", `Somebody is called ${member.name} here by now. Ask the owner for an invitation under another name.`, {
    status: 409,
  });
}

const over = () =>
  new AppError("invitation.over", "This link was used, taken back, or is too old. Ask the owner of this home for another one; each works once.", {
    status: 410,
  });
