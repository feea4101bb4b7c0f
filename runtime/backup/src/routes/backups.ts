import { parseInput, requireBearer } from "@freehold/kernel/http";
import { serveOpenApi } from "@freehold/kernel/openapi";
import type { Secret } from "@freehold/kernel/secret";
import { Router } from "express";
import type { AllBackups } from "../all-backups.ts";
import { openApiDocument } from "./descriptions.ts";
import { snapshotQuery } from "./snapshot-query.ts";
import { tenantRoutes, type TenantRoutes } from "./tenants.ts";

export interface BackupRoutes extends Omit<TenantRoutes, "backups"> {
  token: Secret;
  backups: Pick<AllBackups, "snapshot" | "list" | "lastError" | "running" | "nextRunAt" | "targets">;
}

export function backupRoutes(parts: BackupRoutes): Router {
  const { token, backups } = parts;
  const router = Router();
  router.use(["/backups", "/openapi.json", "/tenants", "/restores", "/drills"], requireBearer(token.reveal()));
  router.get("/openapi.json", serveOpenApi(openApiDocument));
  router.post("/backups", async (request, response) => {
    const { target } = parseInput(snapshotQuery, request.query);
    response.status(201).json(await backups.snapshot(target));
  });
  router.get("/backups", async (_request, response) => {
    const snapshots = await backups.list();
    response.json({
      snapshots,
      lastError: backups.lastError,
      running: backups.running,
      nextRunAt: backups.nextRunAt?.toISOString() ?? null,
      targets: backups.targets(),
    });
  });
  router.use(tenantRoutes(parts));
  return router;
}
