import { access, constants } from "node:fs/promises";
import type { Clock } from "@freehold/kernel/clock";
import { isDatabaseAway } from "@freehold/kernel/database-errors";
import { AppError } from "@freehold/kernel/errors";
import { createApp, requireBearer } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { ErrorRequestHandler, Express } from "express";
import type { Changes } from "./changes.ts";
import type { Manager } from "./clients/manager.ts";
import type { Settings } from "./config.ts";
import { fault } from "./errors.ts";
import type { LogFollower } from "./logs/log-follower.ts";
import type { Queue } from "./queue.ts";
import { fileRoutes } from "./routes/files.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { logRoutes } from "./routes/log.ts";

/** What the routes work with. */
export interface Parts {
  settings: Settings;
  pool: Pool;
  queue: Queue;
  manager: Manager;
  follower: LogFollower;
  changes: Changes;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Resolves when migrations and queue are in place; rejects with the reason until then. */
  prepared: () => Promise<void>;
  wake: () => void;
  cancel: (jobId: string) => void;
}

export function createWorkerApp(parts: Parts): Express {
  const ready = async () => {
    await parts.prepared();
    await parts.pool.query("select");
    await access(parts.settings.JOBS_DIR, constants.W_OK).catch((cause: unknown) => {
      throw new AppError("worker.no-folder", `The jobs' folder ${parts.settings.JOBS_DIR} can't be written. Mount the volume, owned by uid 1000.`, { cause });
    });
  };
  return createApp({ log: parts.log, metrics: parts.metrics, ready }, (app) => {
    app.use("/api/jobs", requireBearer(parts.settings.WORKER_TOKEN.reveal()), jobRoutes(parts), logRoutes(parts), fileRoutes(parts));
    app.use(databaseProblems);
  });
}

const databaseProblems: ErrorRequestHandler = (thrown: unknown, _request, _response, next) =>
  next(
    isDatabaseAway(thrown)
      ? fault(
          "database.away",
          "PostgreSQL does not answer the worker. If this was a change it may or may not have been made: repeat it, with the same idempotencyKey.",
          thrown,
        )
      : thrown,
  );
