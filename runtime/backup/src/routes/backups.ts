import { requireBearer } from "@freehold/kernel/http";
import { serveOpenApi } from "@freehold/kernel/openapi";
import type { Secret } from "@freehold/kernel/secret";
import { Router } from "express";
import type { LastError } from "../backups.ts";
import type { Snapshot } from "../restic-output.ts";
import { openApiDocument } from "./descriptions.ts";

export interface BackupRoutes {
  token: Secret;
  backups: { snapshot(): Promise<Snapshot>; list(): Promise<Snapshot[]>; readonly lastError: LastError | null; readonly running: boolean };
  nextRunAt: () => Date | null;
}

export function backupRoutes({ token, backups, nextRunAt }: BackupRoutes): Router {
  const router = Router();
  router.use(["/backups", "/openapi.json"], requireBearer(token.reveal()));
  router.get("/openapi.json", serveOpenApi(openApiDocument));
  router.post("/backups", async (_request, response) => void response.status(201).json(await backups.snapshot()));
  router.get("/backups", async (_request, response) => {
    const snapshots = await backups.list();
    response.json({ snapshots, lastError: backups.lastError, running: backups.running, nextRunAt: nextRunAt()?.toISOString() ?? null });
  });
  return router;
}
