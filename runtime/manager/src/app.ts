import { isDatabaseAway } from "@freehold/kernel/database-errors";
import { createApp, requireBearer } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { serveOpenApi } from "@freehold/kernel/openapi";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import type { Settings } from "./config.ts";
import { createEngine, type Engine } from "./engine.ts";
import { requireRuntimes } from "./runtimes.ts";
import { fault } from "./errors.ts";
import { createJobContainers } from "./job-containers.ts";
import { containerRoutes } from "./routes/containers.ts";
import { openApiDocument } from "./routes/descriptions.ts";
import { doorRoutes } from "./routes/doors.ts";
import { drillRoutes, leaseRoutes } from "./routes/lease.ts";
import { plainRoutes } from "./routes/plain.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { createTasks } from "./tasks.ts";
import type { RunningTenants } from "./tenants/create-tenants.ts";

export interface ManagerParts {
  engine: Engine;
  /** Undefined where a home has none. */
  tenants: RunningTenants | undefined;
}

export function createManager(settings: Settings, log: Log, metrics: Metrics, parts?: ManagerParts): Express {
  const engine = parts?.engine ?? createEngine(settings.DOCKER_SOCKET, metrics);
  const tenants = parts?.tenants;
  const place = {
    prefix: settings.NAME_PREFIX,
    image: settings.JOB_IMAGE,
    networks: settings.JOB_NETWORKS,
    gatewayUrl: settings.JOB_GATEWAY_URL,
    repositoryNetwork: settings.REPOSITORY_NETWORK ?? "none",
    memoryMb: settings.JOB_MEMORY_MB,
    cpus: settings.JOB_CPUS,
    pids: settings.JOB_PIDS,
    ...(settings.JOB_RUNTIME !== undefined && { runtime: settings.JOB_RUNTIME }),
  };
  const tasks = createTasks({ engine, place, jobsVolume: settings.JOBS_VOLUME, log });
  // Nobody waits any more for what a killed manager has left; Docker may be away just now, and then the next start does it.
  tasks.removeLeft().catch((error: unknown) => log.warn("task.left-not-removed", { error }));
  requireRuntimes(engine, settings).catch((error: unknown) => log.error("docker.runtimes-not-checked", { error }));
  const containers = createJobContainers({ engine, place, jobsVolume: settings.JOBS_VOLUME, log });
  return createApp({ log, metrics, ready: () => ready(engine, settings) }, (app) => {
    const auth = requireBearer(settings.MANAGER_TOKEN.reveal());
    app.use("/containers", auth, containerRoutes(containers));
    app.use("/tasks", auth, taskRoutes(tasks));
    app.get("/openapi.json", auth, serveOpenApi(openApiDocument));
    app.use(["/tenants", "/doors", "/drills", ...plainPaths], auth, whenPrepared(tenants));
    if (tenants !== undefined) {
      app.use("/tenants", tenantRoutes(tenants.parts), leaseRoutes(tenants.parts));
      app.use("/doors", doorRoutes(tenants.parts));
      app.use("/drills", drillRoutes(tenants.parts));
      app.use(plainRoutes(tenants.parts));
    }
    app.use(databaseProblems);
  });
}

const plainPaths = ["/provision", "/deprovision", "/restart", "/status", "/backup", "/restore"];

/** Jobs go on without the database; tenants can't be asked for without it, save that a paused one goes on. */
function whenPrepared(tenants: RunningTenants | undefined): RequestHandler {
  return async (request, _response, next) => {
    if (tenants === undefined) throw fault("tenants.off", "This home has no tenants: set DATABASE_URL and what else tenants need, or run `freehold up`.");
    if (!request.originalUrl.endsWith("/thaw"))
      await tenants.prepared().catch((cause: unknown) => {
        throw databaseAway(cause);
      });
    next();
  };
}

const databaseAway = (cause: unknown) =>
  fault("database.away", "PostgreSQL does not answer the manager. If this was a change it may or may not have been made: ask again.", cause);

const databaseProblems: ErrorRequestHandler = (thrown: unknown, _request, _response, next) => next(isDatabaseAway(thrown) ? databaseAway(thrown) : thrown);

/** Ready when a job container could be made now; what is missing is named. */
async function ready(engine: Engine, settings: Settings): Promise<void> {
  await engine.ping();
  await Promise.all([
    engine.mountpoint(settings.JOBS_VOLUME),
    engine.requireImage(settings.JOB_IMAGE),
    requireRuntimes(engine, settings),
    ...[...settings.JOB_NETWORKS, ...(settings.REPOSITORY_NETWORK === undefined ? [] : [settings.REPOSITORY_NETWORK])].map((name) =>
      engine.requireNetwork(name),
    ),
  ]);
}
