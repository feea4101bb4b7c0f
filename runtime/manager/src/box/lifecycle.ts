import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import { labels, tenantName, type BoxPlace } from "./box-place.ts";
import { createHealthWatch } from "./health-watch.ts";
import type { LastWords } from "./last-words.ts";
import type { OwnContainers } from "./own-containers.ts";
import type { BoxPlan, TenantBox } from "./tenant-box.ts";
import type { TenantNetworks } from "./tenant-network.ts";
import { nanoCpus, planTenant, recordedPlan } from "./tenant-plan.ts";

export interface LifecycleParts {
  engine: Engine;
  place: BoxPlace;
  log: Log;
  own: OwnContainers;
  networks: TenantNetworks;
  lastWords: LastWords;
  now: () => Date;
}

/** What a container of another generation is given to end by itself. */
const replaceGraceMs = 30_000;

type Lifecycle = Pick<TenantBox, "start" | "isReady" | "stop" | "pause" | "unpause"> & { rejoin(id: string): Promise<void> };

/** Starting, ending and freezing. Each step looks at what is there first, so that a call after a crash goes on where the last one was. */
export function createLifecycle(parts: LifecycleParts): Lifecycle {
  const { engine, log, own, networks, lastWords, now } = parts;
  const remind = createHealthWatch(engine, now);
  return {
    start: async (plan) => {
      const before = await fitting(parts, plan);
      await networks.ensure(plan);
      const present = before !== undefined && (await isOnNetwork(parts, before, plan.id)) ? before : await created(parts, plan, before);
      await networks.join(plan);
      // A paused container is being copied, and whoever paused it lets it go on.
      if (present.State.Running) return;
      await engine.start(present.Id);
      log.info("tenant.started", { id: plan.id, generation: plan.generation });
    },
    rejoin: async (id) => {
      const info = await own.find(id);
      const plan = recordedPlan(info?.Config.Labels ?? {});
      if (info?.State.Running === true && plan !== undefined) await networks.join(plan);
    },
    isReady: async (id) => {
      const info = await own.find(id);
      if (info?.State.Status !== "running") return false;
      if (info.State.Health?.Status !== "healthy") {
        await remind(info);
        return false;
      }
      const cpus = nanoCpus(recordedPlan(info.Config.Labels)?.cpus ?? 0);
      // The start is over, and with it the larger share.
      if (cpus > 0 && info.HostConfig.NanoCpus !== cpus) await engine.setCpus(info.Id, cpus);
      return true;
    },
    stop: async (id, graceMs) => {
      const info = await own.find(id);
      if (info !== undefined) {
        await lastWords.keep(id, info);
        await end(engine, info, graceMs);
      }
      await networks.remove(id);
      if (info !== undefined) log.info("tenant.stopped", { id });
    },
    pause: async (id) => {
      const info = await own.running(id);
      if (!info.State.Paused) await engine.pause(info.Id);
      if (!(await own.running(id)).State.Paused) throw fault("tenant.not-running", `Tenant ${id} ended while it was being paused.`);
    },
    unpause: async (id) => {
      const info = await own.find(id);
      if (info?.State.Paused === true) await engine.unpause(info.Id);
    },
  };
}

/** The container of this generation; one of another is ended and removed. */
async function fitting({ engine, own, log }: LifecycleParts, plan: BoxPlan): Promise<ContainerInspectInfo | undefined> {
  const info = await own.find(plan.id);
  if (info === undefined || info.Config.Labels[labels.generation] === String(plan.generation)) return info;
  await end(engine, info, replaceGraceMs);
  log.info("tenant.replaced", { id: plan.id, generation: plan.generation });
  return undefined;
}

/** A network that was removed by hand and made again has the same name, but a container that was on the old one can't start on it. */
async function isOnNetwork({ engine, place }: LifecycleParts, info: ContainerInspectInfo, id: string): Promise<boolean> {
  const name = tenantName(place.prefix, id);
  return info.NetworkSettings.Networks[name]?.NetworkID === (await engine.inspectNetwork(name))?.Id || info.State.Status === "created";
}

async function created({ engine, place, own }: LifecycleParts, plan: BoxPlan, unfit: ContainerInspectInfo | undefined): Promise<ContainerInspectInfo> {
  if (unfit !== undefined) await engine.remove(unfit.Id);
  const folder = await engine.mountpoint(place.volume);
  await engine.create(planTenant(plan, place, folder)).catch((thrown: unknown) => {
    if (!(thrown instanceof AppError) || thrown.code !== "container.folder-missing") throw thrown;
    throw fault("tenant.folder-missing", `Tenant ${plan.id} has no home folder yet; prepare it first.`, thrown);
  });
  return own.present(plan.id);
}

async function end(engine: Engine, info: ContainerInspectInfo, graceMs: number): Promise<void> {
  // A frozen process can't answer a signal.
  if (info.State.Paused) await engine.unpause(info.Id);
  if (info.State.Running) await engine.stop(info.Id, Math.ceil(graceMs / 1_000));
  await engine.remove(info.Id);
}
