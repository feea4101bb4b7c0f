import type { Log } from "@freehold/kernel/log";
import type { Client, Pool } from "@freehold/kernel/postgres";
import type { TenantStore } from "./store/tenant-store.ts";

/** One for each home, as each has a database of its own. */
const leaderLock = 7_120_418;

/**
 * Which of several managers works on the tenants: the one whose connection holds a lock of the database. Whoever takes over raises the epoch, so
 * that nothing counts any more which an earlier leader writes that does not know yet that its connection broke.
 */
export class Leadership {
  readonly #pool: Pool;
  readonly #store: Pick<TenantStore, "takeOver">;
  readonly #log: Log;
  #client: Client | undefined;
  #epoch: number | undefined;

  constructor(pool: Pool, store: Pick<TenantStore, "takeOver">, log: Log) {
    this.#pool = pool;
    this.#store = store;
    this.#log = log;
  }

  get leads(): boolean {
    return this.#epoch !== undefined;
  }

  /** The epoch of this manager's lead; undefined while another one leads. Throws when the database is away. */
  async ensure(): Promise<number | undefined> {
    if (this.#client !== undefined && this.#epoch !== undefined) {
      try {
        await this.#client.query("select");
        return this.#epoch;
      } catch (error) {
        this.#log.warn("manager.lead-lost", { error });
        this.#drop();
      }
    }
    return this.#acquire();
  }

  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#epoch = undefined;
    if (client === undefined) return;
    await client.query("select pg_advisory_unlock($1)", [leaderLock]).catch(() => undefined);
    client.release(true);
  }

  async #acquire(): Promise<number | undefined> {
    const client = await this.#pool.connect();
    try {
      const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [leaderLock]);
      if (rows[0]?.held !== true) {
        client.release();
        return undefined;
      }
      this.#client = client;
      this.#epoch = await this.#store.takeOver();
      this.#log.info("manager.leads", { epoch: this.#epoch });
      return this.#epoch;
    } catch (thrown) {
      this.#client = undefined;
      this.#epoch = undefined;
      client.release(true);
      throw thrown;
    }
  }

  #drop(): void {
    this.#client?.release(true);
    this.#client = undefined;
    this.#epoch = undefined;
  }
}
