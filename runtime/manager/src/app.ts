import { createApp, requireBearer } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Express } from "express";
import type { Settings } from "./config.ts";
import { createEngine, type Engine } from "./engine.ts";
import { createJobContainers } from "./job-containers.ts";
import { containerRoutes } from "./routes/containers.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { createTasks } from "./tasks.ts";

export function createManager(settings: Settings, log: Log, metrics: Metrics): Express {
  const engine = createEngine(settings.DOCKER_SOCKET, metrics);
  const place = {
    prefix: settings.NAME_PREFIX,
    image: settings.JOB_IMAGE,
    networks: settings.JOB_NETWORKS,
    gatewayUrl: settings.JOB_GATEWAY_URL,
    repositoryNetwork: settings.REPOSITORY_NETWORK ?? "none",
    memoryMb: settings.JOB_MEMORY_MB,
    cpus: settings.JOB_CPUS,
    pids: settings.JOB_PIDS,
  };
  const tasks = createTasks({ engine, place, jobsVolume: settings.JOBS_VOLUME, log });
  // Nobody waits any more for what a killed manager has left; Docker may be away just now, and then the next start does it.
  tasks.removeLeft().catch((error: unknown) => log.warn("task.left-not-removed", { error }));
  const containers = createJobContainers({ engine, place, jobsVolume: settings.JOBS_VOLUME, log });
  return createApp({ log, metrics, ready: () => ready(engine, settings) }, (app) => {
    const auth = requireBearer(settings.MANAGER_TOKEN.reveal());
    app.use("/containers", auth, containerRoutes(containers));
    app.use("/tasks", auth, taskRoutes(tasks));
  });
}

/** Ready when a job container could be made now; what is missing is named. */
async function ready(engine: Engine, settings: Settings): Promise<void> {
  await engine.ping();
  await Promise.all([
    engine.mountpoint(settings.JOBS_VOLUME),
    engine.requireImage(settings.JOB_IMAGE),
    ...[...settings.JOB_NETWORKS, ...(settings.REPOSITORY_NETWORK === undefined ? [] : [settings.REPOSITORY_NETWORK])].map((name) =>
      engine.requireNetwork(name),
    ),
  ]);
}
