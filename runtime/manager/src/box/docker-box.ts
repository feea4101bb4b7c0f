import type { Log } from "@freehold/kernel/log";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import type { BoxPlace } from "./box-place.ts";
import { listBoxes } from "./box-state.ts";
import { diagnose } from "./diagnosis.ts";
import { createHomes } from "./homes.ts";
import { createKeepers } from "./keeper-runs.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createLastWords } from "./last-words.ts";
import { createOwnContainers, type OwnContainers } from "./own-containers.ts";
import type { TenantBox } from "./tenant-box.ts";
import { createTenantNetworks } from "./tenant-network.ts";
import { cpuOf, usageOf, type CpuReading } from "./usage.ts";

export interface BoxParts {
  engine: Engine;
  place: BoxPlace;
  log: Log;
  now: () => Date;
}

/** Tenants' containers on the Docker engine. What changes one tenant runs one after the other; what only looks waits for nothing. */
export function createTenantBox({ engine, place, log, now }: BoxParts): TenantBox {
  const own = createOwnContainers(engine, place);
  const networks = createTenantNetworks({ engine, place });
  const lastWords = createLastWords(engine);
  const life = createLifecycle({ engine, place, log, own, networks, lastWords, now });
  const homes = createHomes({ place, log, own, now, keepers: createKeepers({ engine, place, log }) });
  const turn = createTurns();
  return {
    prepare: (plan) => turn(plan.id, () => homes.prepare(plan)),
    start: (plan) => turn(plan.id, () => life.start(plan)),
    rejoin: async () => {
      for (const { id } of await listBoxes(engine, place.prefix))
        await turn(id, () => life.rejoin(id)).catch((error: unknown) => log.warn("tenant.not-rejoined", { id, error }));
    },
    stop: (id, graceMs) => turn(id, () => life.stop(id, graceMs)),
    pause: (id) => turn(id, () => life.pause(id)),
    unpause: (id) => turn(id, () => life.unpause(id)),
    erase: (id) =>
      turn(id, async () => {
        await homes.erase(id);
        lastWords.forget(id);
      }),
    swapHome: (id, fromFolder) => turn(id, () => homes.swapHome(id, fromFolder)),
    tidy: () => homes.tidy(),
    removeLeft: () => homes.removeLeft(),
    diskMb: async (id) => (await homes.disks([id])).get(id) ?? 0,
    disks: (ids) => homes.disks(ids),
    nextDue: (id) => homes.nextDue(id),
    list: () => listBoxes(engine, place.prefix),
    isReady: (id) => life.isReady(id),
    usage: createUsage(engine, own),
    logs: async (id, lines) => lastWords.read(id, await own.find(id), lines),
    diagnose: async (id) => diagnose({ engine, place }, await own.present(id)),
  };
}

/** CPU is what was used between two readings, so the last one of each container is kept. */
function createUsage(engine: Engine, own: OwnContainers): TenantBox["usage"] {
  const readings = new Map<string, CpuReading & { container: string }>();
  return async (id) => {
    const info = await own.running(id);
    const stats = await engine.stats(info.Id);
    if (stats === undefined) throw fault("tenant.not-running", `Tenant ${id} doesn't run now. Start it.`);
    const last = readings.get(id);
    const before = last?.container === info.Id ? last : { cpuNs: 0, atMs: Date.parse(info.State.StartedAt) };
    readings.set(id, { ...cpuOf(stats), container: info.Id });
    return usageOf(stats, before);
  };
}

/** Runs the actions of one key one after the other. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(key: string, action: () => Promise<T>): Promise<T> => {
    const next = (last.get(key) ?? Promise.resolve()).then(action, action);
    const settled = next.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, settled);
    void settled.then(() => last.get(key) === settled && last.delete(key));
    return next;
  };
}
