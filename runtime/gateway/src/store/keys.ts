import type { Queryable } from "@freehold/kernel/postgres";
import type { VirtualKey } from "../virtual-key.ts";

interface Row {
  id: string;
  name: string;
  job_id: string | null;
  hash: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

const columns = "id, name, job_id, encode(sha256, 'hex') as hash, created_at, expires_at, revoked_at";

const toKey = (row: Row): VirtualKey => ({
  id: row.id,
  name: row.name,
  jobId: row.job_id,
  createdAtMs: row.created_at.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  revokedAtMs: row.revoked_at?.getTime() ?? null,
});

export async function insertKey(db: Queryable, key: VirtualKey, hash: string): Promise<void> {
  await db.query("insert into virtual_keys (id, name, job_id, sha256, created_at, expires_at) values ($1, $2, $3, decode($4, 'hex'), $5, $6)", [
    key.id,
    key.name,
    key.jobId,
    hash,
    new Date(key.createdAtMs),
    key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
  ]);
}

/** Finds keys, revoked and expired ones too, by the hashes of their texts. */
export async function findKeys(db: Queryable, hashes: readonly string[]): Promise<Map<string, VirtualKey>> {
  const { rows } = await db.query<Row>(`select ${columns} from virtual_keys where sha256 in (select decode(hash, 'hex') from unnest($1::text[]) as hash)`, [
    hashes,
  ]);
  return new Map(rows.map((row) => [row.hash, toKey(row)]));
}

export async function listKeys(db: Queryable, { limit, jobId }: { limit: number; jobId: string | undefined }): Promise<VirtualKey[]> {
  const { rows } = await db.query<Row>(`select ${columns} from virtual_keys where $2::text is null or job_id = $2 order by created_at desc, id limit $1`, [
    limit,
    jobId ?? null,
  ]);
  return rows.map(toKey);
}

/** Revokes a key, once; returns whether there is such a key. */
export async function revokeKey(db: Queryable, id: string, now: number): Promise<boolean> {
  const { rowCount } = await db.query("update virtual_keys set revoked_at = coalesce(revoked_at, $2) where id = $1", [id, new Date(now)]);
  return rowCount === 1;
}
