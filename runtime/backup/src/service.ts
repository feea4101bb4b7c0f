import type { AppParts } from "@freehold/kernel/http";
import type { Metrics } from "@freehold/kernel/metrics";
import { AllBackups, type ServedTarget } from "./all-backups.ts";
import { Backups, measuresOf, type BackupMeasures } from "./backups.ts";
import { isOverdue } from "./plan.ts";
import { Preparation } from "./preparation.ts";
import { resticOf, type HomeParts } from "./restoring.ts";
import type { BackupRoutes } from "./routes/backups.ts";
import { Schedule } from "./schedule.ts";
import { makeLockedSnapshot } from "./snapshotting.ts";
import { withBudgets } from "./targets/budget-metrics.ts";
import type { Target } from "./targets/target.ts";
import { Drill } from "./tenants/drill.ts";
import { TenantRestores } from "./tenants/restores.ts";
import { Turns } from "./turns.ts";
import { Upkeep } from "./upkeep.ts";

/** All that the service does, ready to be started. */
export interface BackupService {
  routes: Omit<BackupRoutes, "token"> & Pick<AppParts, "ready" | "metrics">;
  /** `onPrepared` is called once the home is whole. */
  start(onPrepared: () => Promise<void>): void;
  stop(): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

interface Served extends ServedTarget {
  schedule: Schedule;
  upkeep: Upkeep;
}

/** When a restore is rehearsed: cron, UTC. */
const weekly = "23 6 * * 6";

export function openService(home: HomeParts, metrics: Metrics, signal: AbortSignal): BackupService {
  const { log, clock } = home;
  const preparation = new Preparation(home, signal);
  const [turns, measures] = [new Turns(), measuresOf(metrics)];
  const served = home.targets.map((target) => serve(target, { home, preparation, turns, measures, signal }));
  const all = new AllBackups(served as [Served, ...Served[]], clock);
  const restores = openRestores(home, signal);
  const drill = openDrill(home, all, metrics, signal);
  const drills = drill === undefined ? undefined : new Schedule({ pattern: weekly, work: () => drill.run(), log });

  const begin = async (onPrepared: () => Promise<void>) => {
    await preparation.run();
    if (signal.aborted) return;
    onPrepared().catch((error: unknown) => log.error("archive.not-kept", { error }));
    await restores?.resume();
    for (const { schedule, upkeep } of served) {
      schedule.start();
      upkeep.start();
    }
    drills?.start();
    for (const { backups, schedule } of served) if (isOverdue((await backups.list())[0], schedule.lastDueAt)) await schedule.runNow();
  };
  let begun: Promise<void> = Promise.resolve();
  return {
    routes: { backups: all, restores, drill, ready: () => preparation.ready(), metrics: withBudgets(metrics, home.targets, clock) },
    start: (onPrepared) => {
      begun = begin(onPrepared);
      begun.catch((error: unknown) => log.warn("backup.list-failed", { error }));
    },
    stop: () => {
      drills?.stop();
      for (const { schedule, upkeep } of served) {
        schedule.stop();
        upkeep.stop();
      }
    },
    idle: async () => {
      await Promise.allSettled([begun, all.idle(), restores?.idle()]);
    },
  };
}

interface Serving {
  home: HomeParts;
  preparation: Preparation;
  turns: Turns;
  measures: BackupMeasures;
  signal: AbortSignal;
}

function serve(target: Target, { home, preparation, turns, measures, signal }: Serving): Served {
  const { log, clock } = home;
  const make = async (onBegin: () => void) => {
    preparation.require();
    return turns.take(() => makeLockedSnapshot(home, target, onBegin, signal));
  };
  const backups = new Backups({ target: target.name, make, fetchList: () => target.restic.snapshots({ signal }), measures, log, clock });
  const schedule = new Schedule({ pattern: target.settings.schedule, work: () => backups.snapshot(), log });
  return { target, backups, schedule, upkeep: new Upkeep({ home, target, backups, turns, signal }) };
}

function openRestores(home: HomeParts, signal: AbortSignal): TenantRestores | undefined {
  if (home.tenants === undefined) return undefined;
  const { layout, manager } = home.tenants;
  const { log, clock } = home;
  return new TenantRestores({ layout, manager, resticOf: (name) => resticOf(home, name), temporaryDir: home.layout.temporary, log, clock, signal });
}

function openDrill(home: HomeParts, backups: Pick<AllBackups, "list">, metrics: Metrics, signal: AbortSignal): Drill | undefined {
  if (home.tenants === undefined) return undefined;
  const { layout, manager } = home.tenants;
  const { log, clock } = home;
  const ways = { resticOf: (name: string) => resticOf(home, name), fetchList: () => backups.list() };
  return new Drill({ layout, manager, ...ways, temporaryDir: home.layout.temporary, metrics, log, clock, signal });
}
