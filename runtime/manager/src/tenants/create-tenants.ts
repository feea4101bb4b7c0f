import { join } from "node:path";
import { steadyClock, systemClock } from "@freehold/kernel/clock";
import type { Closer } from "@freehold/kernel/lifecycle";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { createPool, migrate } from "@freehold/kernel/postgres";
import { prepare } from "@freehold/kernel/preparation";
import { createSealer } from "@freehold/kernel/sealing";
import { createServiceClient } from "@freehold/kernel/service-client";
import type { TenantBox } from "../box/tenant-box.ts";
import type { TenantSettings } from "../config.ts";
import { createBackups } from "./backups.ts";
import { offeredModels, type TenantPlace } from "./box-plan.ts";
import { Conductor } from "./conductor.ts";
import { Copies } from "./copies.ts";
import { standardDeathRule } from "./deaths.ts";
import { Doors } from "./doors.ts";
import { Drills } from "./drills.ts";
import { Freezer } from "./freezer.ts";
import { createGatewayKeys } from "./gateway-keys.ts";
import { Leadership } from "./leadership.ts";
import { Leases } from "./leases.ts";
import { Sampler } from "./sampler.ts";
import { TenantStore } from "./store/tenant-store.ts";
import { createTenantMetrics } from "./tenant-metrics.ts";
import type { TenantParts } from "./tenant-parts.ts";
import { Tenants } from "./tenants.ts";
import { createUsageView } from "./usage-view.ts";
import { Waiters } from "./waiters.ts";

export interface TenantGround {
  settings: TenantSettings;
  box: TenantBox;
  log: Log;
  metrics: Metrics;
}

export interface RunningTenants {
  parts: TenantParts;
  /** Throws: why tenants can't be worked with yet. */
  prepared: () => Promise<void>;
}

/** Units: milliseconds; the backup service waits three minutes for the answer. */
const drillMs = 170_000;

/** Everything about tenants, wired; it begins to work as soon as the database lets it. */
export function createTenants({ settings, box, log, metrics }: TenantGround, onClose: (closer: Closer) => void): RunningTenants {
  const pool = createPool({ url: settings.DATABASE_URL, password: settings.DATABASE_PASSWORD, applicationName: "manager", log });
  onClose(() => pool.end());
  const client = (service: "gateway" | "backup", baseUrl: string, token: TenantSettings["GATEWAY_ADMIN_TOKEN"]) =>
    createServiceClient({ caller: "manager", service, baseUrl, token, metrics });
  const keys = createGatewayKeys(client("gateway", settings.GATEWAY_URL, settings.GATEWAY_ADMIN_TOKEN));
  const backups = createBackups(client("backup", settings.BACKUP_URL, settings.BACKUP_TOKEN));
  const store = new TenantStore(pool);
  const leases = new Leases(steadyClock);
  const waiters = new Waiters();
  const sealer = createSealer(settings.SECRETS_KEY);
  const place = placeOf(settings);
  const totalMb = settings.TENANTS_MEMORY_MB;
  const shared = { store, box, clock: systemClock, log };
  const watched = { ...shared, metrics: createTenantMetrics(metrics, { totalMb, startsAtOnce: settings.TENANT_STARTS_AT_ONCE }) };
  const leadership = new Leadership(pool, store, log);
  const conductor: Conductor = new Conductor(
    {
      leadership,
      log,
      steady: steadyClock,
      reconciling: { ...watched, leases, steady: steadyClock, settings: roundSettings(settings), onStep: (id) => waiters.changed(id) },
      stepping: { ...watched, keys, backups, sealer, place, settings: stepSettings(settings) },
    },
    { movingMs: settings.TENANT_POLL_MS, restingMs: settings.TENANT_REST_MS },
  );
  const wake = () => conductor.wake();
  const tenants = new Tenants({ ...shared, sealer, place, defaults: defaultsOf(settings), totalMb, waiters, wake });
  const freezer = new Freezer({ box, leases, clock: systemClock, log, wake, isBusy: (id) => conductor.isBusy(id) });
  const sampler = new Sampler({ ...shared, leads: () => conductor.leads, wake }, settings.TENANT_SAMPLE_MS);
  const preparation = prepare({ service: "manager", area: "tenants", log }, async () => {
    await migrate(pool, join(import.meta.dirname, "../../migrations"));
  });
  onClose(() => freezer.stop());
  onClose(() => conductor.stop());
  onClose(() => sampler.stop());
  onClose(() => preparation.giveUp());
  void preparation.done.then(() => {
    conductor.start();
    sampler.start();
  });
  return {
    prepared: preparation.check,
    parts: {
      tenants,
      doors: new Doors({ store, tenants, clock: systemClock, domain: settings.TENANT_DOMAIN, wake }),
      copies: new Copies({ tenants, backups, store, clock: systemClock }),
      drills: new Drills({ tenants, clock: systemClock, log, longestMs: drillMs }),
      freezer,
      store,
      box,
      usage: createUsageView({ box, keys, clock: systemClock }),
      leads: () => conductor.leads,
    },
  };
}

const placeOf = (settings: TenantSettings): TenantPlace => ({
  image: settings.TENANT_IMAGE,
  subnets: settings.TENANT_SUBNETS,
  pids: settings.TENANT_PIDS,
  domain: settings.TENANT_DOMAIN,
  port: settings.TENANT_PORT,
  models: offeredModels(settings.TENANT_MODELS),
});

const defaultsOf = (settings: TenantSettings) => ({
  memoryMb: settings.TENANT_MEMORY_MB,
  cpus: settings.TENANT_CPUS,
  diskMb: settings.TENANT_DISK_MB,
  idleMinutes: settings.TENANT_IDLE_MINUTES,
  internet: true,
});

const roundSettings = (settings: TenantSettings) => ({
  totalMb: settings.TENANTS_MEMORY_MB,
  evictIdleMs: settings.TENANT_EVICT_IDLE_MS,
  startsAtOnce: settings.TENANT_STARTS_AT_ONCE,
  readyMs: settings.TENANT_READY_MS,
  dueLeadMs: 60_000,
  parallel: settings.TENANT_PARALLEL,
  coolDownMs: 1_000,
});

const stepSettings = (settings: TenantSettings) => ({ deaths: standardDeathRule, stopMs: settings.TENANT_STOP_MS, busyPercent: 5, quietMs: 120_000 });
