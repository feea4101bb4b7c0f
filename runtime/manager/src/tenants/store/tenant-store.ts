import type { ListedEvent, TenantState } from "@freehold/kernel/api/tenant";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { fault } from "../../errors.ts";
import type { TenantRow } from "../tenant.ts";
import { columns, namesOf, rowColumns, valueOf, type Fields } from "./rows.ts";

/** One line of a tenant's history, written together with what it tells. */
export interface EventRecord {
  at: Date;
  actor: string;
  kind: string;
  detail?: Record<string, unknown>;
}

export interface Change {
  set: Fields;
  /** What must still be so; else nothing is changed. */
  where?: Fields;
  event?: EventRecord;
  /** Replaces all domains. */
  domains?: readonly string[];
  /** Of the manager that wants it; one that another has taken over from is refused. */
  epoch?: number;
}

/** Tenants in PostgreSQL. Each method is one transaction. */
export class TenantStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Makes this manager the one whose steps count; returns its epoch. */
  async takeOver(): Promise<number> {
    const { rows } = await this.#pool.query<{ epoch: string }>("update manager_epoch set epoch = epoch + 1 returning epoch");
    return Number(rows[0]?.epoch);
  }

  /** All that are not removed. */
  async all(): Promise<TenantRow[]> {
    const { rows } = await this.#pool.query<TenantRow>(`select ${rowColumns} from tenants where state <> 'removed' order by id`);
    return rows;
  }

  async find(id: string): Promise<TenantRow | undefined> {
    const { rows } = await this.#pool.query<TenantRow>(`select ${rowColumns} from tenants where id = $1`, [id]);
    return rows[0];
  }

  async findByDomain(domain: string): Promise<TenantRow | undefined> {
    const { rows } = await this.#pool.query<TenantRow>(
      `select ${rowColumns} from tenants where id = (select tenant_id from tenant_domains where domain = $1)`,
      [domain],
    );
    return rows[0];
  }

  async list({ states, after, limit }: { states?: readonly TenantState[] | undefined; after?: string | undefined; limit: number }): Promise<TenantRow[]> {
    const { rows } = await this.#pool.query<TenantRow>(
      `select ${rowColumns} from tenants
       where not scratch and (case when $1::text[] is null then state <> 'removed' else state = any($1) end) and ($2::text is null or id > $2) order by id limit $3`,
      [states ?? null, after ?? null, limit],
    );
    return rows;
  }

  /** What drills of managers that were killed have left goes the way of every removed tenant. */
  async removeScratch(at: Date): Promise<void> {
    await this.#pool.query(
      "update tenants set desired = 'removed', remove_at = $1, final_backup = 'none', next_try_at = null where scratch and state <> 'removed'",
      [at],
    );
  }

  /** Keys that were limited to other models than these have to be told. */
  async staleKeys(models: string): Promise<void> {
    await this.#pool.query("update tenants set key_stale = true where key_id is not null and key_models is distinct from $1", [models]);
  }

  /**
   * Makes a tenant, or makes one anew that was removed; undefined when there is one.
   * Throws: AppError `tenant.no-subnet`, `tenant.domain-taken`.
   */
  async insert(fields: Fields & { id: string }, more: { domains: readonly string[]; subnets: number; event: EventRecord }): Promise<TenantRow | undefined> {
    return inTransaction(this.#pool, async (client) => {
      // One after the other: two at once would choose the same network.
      await client.query("select pg_advisory_xact_lock($1)", [subnetLock]);
      const complete = { ...fields, subnetIndex: await freeSubnet(client, more.subnets) };
      const removed = await client.query("delete from tenants where id = $1 and state = 'removed'", [fields.id]);
      const names = namesOf(complete);
      const { rowCount } = await client.query(
        `insert into tenants (${names.map((name) => columns[name]).join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")}) on conflict (id) do nothing`,
        names.map((name) => valueOf(complete, name)),
      );
      if (rowCount === 0) return undefined;
      await setDomains(client, fields.id, more.domains);
      await addEvent(client, fields.id, { ...more.event, detail: { ...more.event.detail, again: removed.rowCount === 1 } });
      return one(client, fields.id);
    });
  }

  /** Undefined when what must be so is so no more. Throws: AppError `manager.not-leading`, `tenant.domain-taken`. */
  async change(id: string, { set, where = {}, event, domains, epoch }: Change): Promise<TenantRow | undefined> {
    return inTransaction(this.#pool, async (client) => {
      if (epoch !== undefined) await requireEpoch(client, epoch, "share");
      if (!(await update(client, id, set, where))) return undefined;
      if (domains !== undefined) await setDomains(client, id, domains);
      if (event !== undefined) await addEvent(client, id, event);
      return one(client, id);
    });
  }

  /** Promises memory to a tenant that waits, if the sum of all promises allows it. Units: MB. */
  async admit(id: string, { totalMb, epoch, at }: { totalMb: number; epoch: number; at: Date }): Promise<TenantRow | undefined> {
    return inTransaction(this.#pool, async (client) => {
      await requireEpoch(client, epoch, "update");
      const { rowCount } = await client.query(
        `update tenants set state = 'waking', state_at = $3, reserved_mb = memory_mb
         where id = $1 and state = 'waiting' and desired = 'awake' and memory_mb + (select coalesce(sum(reserved_mb), 0) from tenants where id <> $1) <= $2`,
        [id, totalMb, at],
      );
      if (rowCount === 0) return undefined;
      await addEvent(client, id, { at, actor: "manager", kind: "admitted" });
      return one(client, id);
    });
  }

  async events(id: string, { before, limit }: { before?: number | undefined; limit: number }): Promise<ListedEvent[]> {
    const { rows } = await this.#pool.query<{ id: string; at: Date; actor: string; kind: string; detail: Record<string, unknown> }>(
      "select id, at, actor, kind, detail from tenant_events where tenant_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3",
      [id, before ?? null, limit],
    );
    return rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.toISOString() }));
  }
}

const subnetLock = 7_120_419;

async function freeSubnet(client: Client, subnets: number): Promise<number> {
  const { rows } = await client.query<{ free: number }>(
    "select free from generate_series(0, $1::integer - 1) free where not exists (select from tenants where subnet_index = free) order by free limit 1",
    [subnets],
  );
  if (rows[0] === undefined) throw fault("tenant.no-subnet", `All ${subnets} networks are taken. Remove a tenant, or widen TENANT_SUBNETS.`);
  return rows[0].free;
}

async function setDomains(client: Client, id: string, domains: readonly string[]): Promise<void> {
  await client.query("delete from tenant_domains where tenant_id = $1 and not domain = any($2)", [id, domains]);
  await client.query("insert into tenant_domains (domain, tenant_id) select unnest($2::text[]), $1 on conflict (domain) do nothing", [id, domains]);
  const { rows } = await client.query<{ domain: string }>("select domain from tenant_domains where domain = any($2) and tenant_id <> $1", [id, domains]);
  if (rows[0] !== undefined) throw fault("tenant.domain-taken", `The name ${rows[0].domain} belongs to another tenant; take it away from there first.`);
}

async function update(client: Client, id: string, set: Fields, where: Fields): Promise<boolean> {
  const values: unknown[] = [id];
  const place = (fields: Fields, name: keyof typeof columns) => `$${values.push(valueOf(fields, name))}`;
  const settings = namesOf(set).map((name) => `${columns[name]} = ${place(set, name)}`);
  const conditions = ["id = $1", ...namesOf(where).map((name) => `${columns[name]} is not distinct from ${place(where, name)}`)];
  const { rowCount } = await client.query(`update tenants set ${["id = id", ...settings].join(", ")} where ${conditions.join(" and ")}`, values);
  return rowCount === 1;
}

async function one(client: Client, id: string): Promise<TenantRow | undefined> {
  const { rows } = await client.query<TenantRow>(`select ${rowColumns} from tenants where id = $1`, [id]);
  return rows[0];
}

const addEvent = (client: Client, id: string, { at, actor, kind, detail }: EventRecord) =>
  client.query("insert into tenant_events (tenant_id, at, actor, kind, detail) values ($1, $2, $3, $4, $5)", [
    id,
    at,
    actor,
    kind,
    JSON.stringify(detail ?? {}),
  ]);

async function requireEpoch(client: Client, epoch: number, lock: "share" | "update"): Promise<void> {
  const { rowCount } = await client.query(`select from manager_epoch where epoch = $1 for ${lock}`, [epoch]);
  if (rowCount === 0) throw fault("manager.not-leading", "Another manager of this home has taken over; this one changes nothing any more.");
}
