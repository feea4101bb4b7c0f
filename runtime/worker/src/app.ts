import { access, constants } from "node:fs/promises";
import { isDatabaseAway } from "@freehold/kernel/database-errors";
import { AppError, messageOf } from "@freehold/kernel/errors";
import { createApp, requireBearer } from "@freehold/kernel/http";
import { serveOpenApi } from "@freehold/kernel/openapi";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import { fault } from "./errors.ts";
import type { Parts } from "./parts.ts";
import { fileChangeRoutes } from "./routes/file-changes.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { openApiDocument } from "./routes/descriptions.ts";
import { fileRoutes } from "./routes/files.ts";
import { jobAgainRoutes } from "./routes/job-again.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { logRoutes } from "./routes/log.ts";
import { noticeRoutes } from "./routes/notices.ts";
import { queueRoutes } from "./routes/queue.ts";
import { jobRepositoryRoutes, repositoryRoutes } from "./routes/repositories.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { templateRoutes } from "./routes/templates.ts";
import { uploadRoutes } from "./routes/uploads.ts";

export function createWorkerApp(parts: Parts): Express {
  const ready = async () => {
    await parts.prepared();
    await parts.pool.query("select");
    await access(parts.settings.JOBS_DIR, constants.W_OK).catch((cause: unknown) => {
      throw new AppError("worker.no-folder", `The jobs' folder ${parts.settings.JOBS_DIR} can't be written. Mount the volume, owned by uid 1000.`, { cause });
    });
  };
  return createApp({ log: parts.log, metrics: parts.metrics, ready }, (app) => {
    const auth = requireBearer(parts.settings.WORKER_TOKEN.reveal());
    app.get("/openapi.json", auth, serveOpenApi(openApiDocument));
    app.use("/api", auth, whenPrepared(parts.prepared));
    app.use("/api/jobs", jobRoutes(parts), jobAgainRoutes(parts), logRoutes(parts), fileRoutes(parts), fileChangeRoutes(parts), jobRepositoryRoutes(parts));
    app.use("/api/repositories", repositoryRoutes(parts));
    app.use("/api/uploads", uploadRoutes(parts));
    app.use("/api/templates", templateRoutes(parts));
    app.use("/api/queue", queueRoutes(parts));
    app.use("/api/schedules", scheduleRoutes(parts));
    app.use("/api/approvals", approvalRoutes(parts));
    app.use("/api/notices", noticeRoutes(parts));
    app.use(databaseProblems);
  });
}

/** Before the database has its tables, whatever is asked would end in an error of SQL. */
const whenPrepared =
  (prepared: () => Promise<void>): RequestHandler =>
  async (_request, _response, next) => {
    await prepared().catch((cause: unknown) => {
      throw fault("database.away", `The worker does nothing before its database is prepared; nothing was changed. ${messageOf(cause)}`, cause);
    });
    next();
  };

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
