import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { keyRulesSchema, type KeyRules } from "../key-rules.ts";
import type { VirtualKey } from "../virtual-key.ts";

interface Row {
  id: string;
  name: string;
  job_id: string | null;
  tenant: string | null;
  rules: unknown;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

interface TextRow extends Row {
  hash: string;
  valid_until: Date | null;
}

const columns = "id, name, job_id, tenant, rules, created_at, expires_at, revoked_at";

const toKey = (row: Row): VirtualKey => ({
  id: row.id,
  name: row.name,
  jobId: row.job_id,
  createdAtMs: row.created_at.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  revokedAtMs: row.revoked_at?.getTime() ?? null,
  ...(row.tenant === null ? {} : { tenant: row.tenant }),
  ...(row.rules === null ? {} : { rules: keyRulesSchema.parse(row.rules) }),
});

const toText = (row: TextRow): VirtualKey => ({ ...toKey(row), ...(row.valid_until === null ? {} : { replacedUntilMs: row.valid_until.getTime() }) });

const rulesJson = (rules: KeyRules | undefined): string | null => (rules === undefined ? null : JSON.stringify(rules));

export async function insertKey(pool: Pool, key: VirtualKey, hash: string): Promise<void> {
  const { id, name, jobId, tenant, rules, createdAtMs, expiresAtMs } = key;
  await inTransaction(pool, async (client) => {
    await client.query("insert into virtual_keys (id, name, job_id, tenant, rules, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)", [
      id,
      name,
      jobId,
      tenant ?? null,
      rulesJson(rules),
      new Date(createdAtMs),
      expiresAtMs === null ? null : new Date(expiresAtMs),
    ]);
    await addText(client, id, hash);
  });
}

/** Finds keys, revoked and expired ones too, by the hashes of their texts. */
export async function findKeys(db: Queryable, hashes: readonly string[]): Promise<Map<string, VirtualKey>> {
  const { rows } = await db.query<TextRow>(
    `select ${columns}, encode(text.sha256, 'hex') as hash, valid_until from virtual_key_texts as text join virtual_keys on id = key_id
     where text.sha256 in (select decode(hash, 'hex') from unnest($1::text[]) as hash)`,
    [hashes],
  );
  return new Map(rows.map((row) => [row.hash, toText(row)]));
}

export async function findKey(db: Queryable, id: string): Promise<VirtualKey | undefined> {
  const { rows } = await db.query<Row>(`select ${columns} from virtual_keys where id = $1`, [id]);
  return rows[0] && toKey(rows[0]);
}

/** Which keys are listed; what is undefined is not asked for. Units: `now` in milliseconds since 1970. */
export interface KeyFilter {
  limit: number;
  now: number;
  jobId: string | undefined;
  of: "owner" | "jobs" | undefined;
  /** Neither revoked nor expired. */
  live: boolean | undefined;
}

export async function listKeys(db: Queryable, { limit, now, jobId, of, live }: KeyFilter): Promise<VirtualKey[]> {
  const { rows } = await db.query<Row>(
    `select ${columns} from virtual_keys
     where ($2::text is null or job_id = $2) and ($3::boolean is null or (job_id is null) = $3)
       and ($4::boolean is null or (revoked_at is null and coalesce(expires_at > $5, true)) = $4)
     order by created_at desc, id limit $1`,
    [limit, jobId ?? null, of === undefined ? null : of === "owner", live ?? null, new Date(now)],
  );
  return rows.map(toKey);
}

/** Revokes a key, once; returns whether there is such a key. */
export async function revokeKey(db: Queryable, id: string, now: number): Promise<boolean> {
  const { rowCount } = await db.query("update virtual_keys set revoked_at = coalesce(revoked_at, $2) where id = $1", [id, new Date(now)]);
  return rowCount === 1;
}

/** Changes a key as `change` says, while nobody else does; undefined if there is none. */
export async function updateKey(pool: Pool, id: string, change: (key: VirtualKey) => VirtualKey): Promise<VirtualKey | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Row>(`select ${columns} from virtual_keys where id = $1 for update`, [id]);
    if (rows[0] === undefined) return undefined;
    const key = change(toKey(rows[0]));
    await client.query("update virtual_keys set name = $2, tenant = $3, rules = $4, expires_at = $5 where id = $1", [
      id,
      key.name,
      key.tenant ?? null,
      rulesJson(key.rules),
      key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
    ]);
    return key;
  });
}

/** Gives a key another text; those that it has are valid until `graceEndsMs`, or shorter if they were so already. */
export async function replaceText(pool: Pool, id: string, { hash, graceEndsMs }: { hash: string; graceEndsMs: number }): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query("update virtual_key_texts set valid_until = least(valid_until, $2) where key_id = $1", [id, new Date(graceEndsMs)]);
    await addText(client, id, hash);
  });
}

async function addText(client: Client, id: string, hash: string): Promise<void> {
  await client.query("insert into virtual_key_texts (sha256, key_id) values (decode($1, 'hex'), $2)", [hash, id]);
}
