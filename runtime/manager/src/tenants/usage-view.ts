import type { TenantUsage } from "@freehold/kernel/api/tenant";
import type { Clock } from "@freehold/kernel/clock";
import type { TenantBox } from "../box/tenant-box.ts";
import type { GatewayKeys } from "./gateway-keys.ts";
import type { TenantRow } from "./tenant.ts";

export type UsageView = (row: TenantRow) => Promise<TenantUsage>;

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const nothing = { memoryMb: 0, cpuPercent: 0, pids: 0 };

/** Measured when it is asked for; the disk as it was last looked at, for a walk through all files takes long. */
export function createUsageView({ box, keys, clock }: { box: TenantBox; keys: GatewayKeys; clock: Clock }): UsageView {
  return async (row) => {
    const today = dayOf(clock.now());
    const running = row.state === "awake" || row.state === "waking";
    const [now, models] = await Promise.all([
      running ? box.usage(row.id).catch(() => nothing) : nothing,
      Promise.all([keys.usageOf(row.id, { from: today, to: today }), keys.usageOf(row.id, { from: `${today.slice(0, 8)}01`, to: today })]).then(
        ([day, month]) => ({ today: day, month }),
        () => null,
      ),
    ]);
    return {
      memoryMb: now.memoryMb,
      memoryLimitMb: row.memoryMb,
      cpuPercent: now.cpuPercent,
      cpuLimitPercent: row.cpus * 100,
      pids: now.pids,
      diskMb: row.usage?.diskMb ?? null,
      diskLimitMb: row.diskMb,
      models,
    };
  };
}
