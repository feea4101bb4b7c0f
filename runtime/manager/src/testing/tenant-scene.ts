import { join } from "node:path";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createPool, migrate, type Pool } from "@freehold/kernel/postgres";
import { Secret } from "@freehold/kernel/secret";
import { createSealer } from "@freehold/kernel/sealing";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { fault } from "../errors.ts";
import { offeredModels } from "../tenants/box-plan.ts";
import { standardDeathRule } from "../tenants/deaths.ts";
import { Leases } from "../tenants/leases.ts";
import { Reconciler } from "../tenants/reconciler.ts";
import { Steps } from "../tenants/steps.ts";
import { TenantStore } from "../tenants/store/tenant-store.ts";
import { createTenantMetrics } from "../tenants/tenant-metrics.ts";
import type { TenantRow } from "../tenants/tenant.ts";
import { Tenants } from "../tenants/tenants.ts";
import { Waiters } from "../tenants/waiters.ts";
import { MemoryBox } from "./memory-box.ts";
import { MemoryKeys } from "./memory-keys.ts";

export const totalMb = 4_096;

/** Tenants on a real database and a box in memory, with a clock that the test moves and rounds that it takes. */
export class TenantScene {
  now = Date.parse("2026-11-21T12:00:00Z");
  readonly clock = { now: () => this.now };
  readonly box = new MemoryBox(() => this.now);
  readonly keys = new MemoryKeys();
  readonly backedUp: string[] = [];
  /** The tenants after whose steps the next round was due at once. */
  readonly hurried: string[] = [];
  /** Takes effect with the next manager. */
  startsAtOnce = 2;
  leases = new Leases(this.clock);
  readonly sealer = createSealer(new Secret("secrets-key"));
  readonly place = {
    image: "assistant:1",
    subnets: "10.214.0.0/16",
    pids: 256,
    domain: "home.example",
    port: 443,
    models: offeredModels(["claude-sonnet-4-5"]),
  };
  /** Put between the reconciler and what it works on. */
  readonly through: { box?: (box: MemoryBox) => MemoryBox; store?: (store: TenantStore) => TenantStore };
  #database: TestDatabase | undefined;
  #pool: Pool | undefined;
  #store: TenantStore | undefined;
  #reconciler: Reconciler | undefined;

  constructor(through: TenantScene["through"] = {}) {
    this.through = through;
  }

  async open(): Promise<void> {
    this.#database = await createTestDatabase();
    this.#pool = createPool({ url: this.#database.url, applicationName: "test", log: silentLog });
    await migrate(this.#pool, join(import.meta.dirname, "../../migrations"));
    this.#store = new TenantStore(this.#pool);
    await this.manager();
  }

  async close(): Promise<void> {
    await this.#pool?.end();
    await this.#database?.drop();
  }

  async clear(): Promise<void> {
    await this.pool.query("truncate tenants, tenant_domains, tenant_events");
    this.box.containers.clear();
    this.box.homes.clear();
    this.box.mostMb = 0;
    this.box.startMs = 0;
    this.startsAtOnce = 2;
    this.backedUp.length = 0;
    this.hurried.length = 0;
    this.box.dueAt = null;
    await this.manager();
  }

  get pool(): Pool {
    return this.#pool as Pool;
  }

  get store(): TenantStore {
    return this.#store as TenantStore;
  }

  get reconciler(): Reconciler {
    return this.#reconciler as Reconciler;
  }

  get tenants(): Tenants {
    return new Tenants({
      store: this.store,
      sealer: this.sealer,
      place: this.place,
      defaults: { memoryMb: 1_280, cpus: 0.5, diskMb: 2_048, idleMinutes: 30, internet: true },
      totalMb,
      clock: this.clock,
      log: silentLog,
      waiters: new Waiters(),
      wake: () => undefined,
    });
  }

  /** A manager that starts: it knows nothing but the database and Docker, and has taken over from the one before. */
  async manager(): Promise<void> {
    const epoch = await this.store.takeOver();
    this.leases = new Leases(this.clock);
    const store = this.through.store?.(this.store) ?? this.store;
    const box = this.through.box?.(this.box) ?? this.box;
    const shared = {
      store,
      box,
      clock: this.clock,
      log: silentLog,
      metrics: createTenantMetrics(createMetrics(), { totalMb, startsAtOnce: this.startsAtOnce }),
    };
    const make = async (id: string) => {
      // As the backup service does.
      if (!this.box.homes.has(id)) throw fault("backup.unknown-tenant", `There is no home of a tenant ${id} to save.`);
      this.backedUp.push(id);
    };
    const backups = { make, restore: async () => undefined };
    const settings = { deaths: standardDeathRule, stopMs: 0, busyPercent: 5, quietMs: 120_000 };
    const steps = new Steps({ ...shared, keys: this.keys, backups, sealer: this.sealer, place: this.place, settings }, epoch);
    const pace = { totalMb, startsAtOnce: this.startsAtOnce, evictIdleMs: 60_000, readyMs: 180_000, dueLeadMs: 60_000, parallel: 8, coolDownMs: 1_000 };
    this.#reconciler = new Reconciler({
      ...shared,
      steps,
      leases: this.leases,
      epoch,
      steady: this.clock,
      settings: pace,
      onStep: (id) => void this.hurried.push(id),
    });
  }

  /** Rounds until nothing is left to do just now. */
  async settle(most = 60): Promise<void> {
    for (let round = 0; round < most; round++) {
      const moving = await this.reconciler.round();
      await this.reconciler.settled();
      if (!moving) return;
    }
  }

  /** Lets time go by, a second at a time, with a round in each. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.now += 1_000;
      await this.reconciler.round();
      await this.reconciler.settled();
    }
  }

  async row(id: string): Promise<TenantRow> {
    return this.tenants.row(id);
  }

  /** A tenant that is awake. */
  async awake(id: string, more: object = {}): Promise<void> {
    await this.tenants.provision({ id, ...more }, "test");
    await this.settle();
    await this.tenants.start(id, "test");
    await this.settle();
  }
}
