import { createApp, requireBearer } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Express } from "express";
import type { Settings } from "./config.ts";
import { createEngine, type Engine } from "./engine.ts";
import { createJobContainers } from "./job-containers.ts";
import { containerRoutes } from "./routes/containers.ts";

export function createManager(settings: Settings, log: Log, metrics: Metrics): Express {
  const engine = createEngine(settings.DOCKER_SOCKET, metrics);
  const place = {
    prefix: settings.NAME_PREFIX,
    image: settings.JOB_IMAGE,
    networks: settings.JOB_NETWORKS,
    gatewayUrl: settings.JOB_GATEWAY_URL,
    memoryMb: settings.JOB_MEMORY_MB,
    cpus: settings.JOB_CPUS,
    pids: settings.JOB_PIDS,
  };
  const containers = createJobContainers({ engine, place, jobsVolume: settings.JOBS_VOLUME, log });
  return createApp({ log, metrics, ready: () => ready(engine, settings) }, (app) => {
    app.use("/containers", requireBearer(settings.MANAGER_TOKEN.reveal()), containerRoutes(containers));
  });
}

/** Ready when a job container could be made now; what is missing is named. */
async function ready(engine: Engine, settings: Settings): Promise<void> {
  await engine.ping();
  await Promise.all([
    engine.mountpoint(settings.JOBS_VOLUME),
    engine.requireImage(settings.JOB_IMAGE),
    ...settings.JOB_NETWORKS.map((name) => engine.requireNetwork(name)),
  ]);
}
