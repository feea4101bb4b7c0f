import { tenantStates } from "@freehold/kernel/api/tenant";
import type { Metrics } from "@freehold/kernel/metrics";
import type { TenantRow } from "./tenant.ts";

/** What is told of tenants to whoever watches the home. */
export interface TenantMetrics {
  seen(rows: readonly TenantRow[]): void;
  happened(kind: string): void;
  /** Units: milliseconds from the start to a page that answers. */
  becameReady(ms: number): void;
  /** Units: milliseconds from the wish to the start. */
  waited(ms: number): void;
}

const startBuckets = [1, 2, 5, 10, 15, 20, 30, 45, 60, 120, 180];
const waitBuckets = [1, 5, 15, 30, 60, 120, 300, 600, 1_800];

export function createTenantMetrics(metrics: Metrics, { totalMb, startsAtOnce }: { totalMb: number; startsAtOnce: number }): TenantMetrics {
  const tenants = metrics.gauge("freehold_tenants", "Tenants by state.", ["state"]);
  const reserved = metrics.gauge("freehold_tenants_reserved_bytes", "Memory promised to tenants that are awake.");
  metrics.gauge("freehold_tenants_memory_bytes", "Memory that awake tenants may have together.").set(totalMb * 1_048_576);
  metrics.gauge("freehold_tenants_starts_at_once", "Assistants that may start at one time.").set(startsAtOnce);
  const waited = metrics.histogram("freehold_tenant_waited_seconds", "How long a tenant waited for memory and for its turn to start.", [], waitBuckets);
  const events = metrics.counter("freehold_tenant_events_total", "Steps of tenants, by what happened.", ["kind"]);
  const ready = metrics.histogram("freehold_tenant_ready_seconds", "From the start of a tenant to a page that answers.", [], startBuckets);
  return {
    seen: (rows) => {
      for (const state of tenantStates) tenants.set({ state }, rows.filter((row) => row.state === state).length);
      reserved.set(rows.reduce((sum, { reservedMb }) => sum + reservedMb, 0) * 1_048_576);
    },
    happened: (kind) => events.inc({ kind }),
    becameReady: (ms) => ready.observe(ms / 1_000),
    // A clock that was put back meanwhile makes no wait.
    waited: (ms) => waited.observe(Math.max(0, ms) / 1_000),
  };
}
