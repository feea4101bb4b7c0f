import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import type { AllBackups } from "../all-backups.ts";
import { backupError } from "../errors.ts";
import type { Drill } from "../tenants/drill.ts";
import type { TenantRestores } from "../tenants/restores.ts";
import { backupOf, backupsOf } from "../tenants/tenant-backups.ts";
import { restoreBody, restoreParams, tenantParams } from "../tenants/tenant-request.ts";

export interface TenantRoutes {
  backups: Pick<AllBackups, "snapshot" | "list">;
  /** Undefined in a home without tenants. */
  restores: Pick<TenantRestores, "begin" | "find" | "list" | "requireHome"> | undefined;
  drill: Pick<Drill, "run" | "last"> | undefined;
}

const smallBody = jsonBody(4_096);

/** Backups and restores of single tenants. */
export function tenantRoutes({ backups, restores, drill }: TenantRoutes): Router {
  const router = Router();
  const needed = () => inHomeWithTenants(restores);
  router.get("/tenants/:id/backups", async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    response.json({ backups: backupsOf(id, await backups.list()) });
  });
  // One run of restic holds all tenants: their requests would each cost a bucket as much as a whole one.
  router.post("/tenants/:id/backups", async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    await needed().requireHome(id);
    response.status(201).json(backupOf(id, await backups.snapshot()));
  });
  router.post("/tenants/:id/restores", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    const asked = parseInput(restoreBody, request.body);
    response.status(202).json(await needed().begin({ tenant: id, ...asked }, await backups.list()));
  });
  router.get("/restores", async (_request, response) => void response.json({ restores: await needed().list() }));
  router.get("/restores/:id", async (request, response) => {
    response.json(await needed().find(parseInput(restoreParams, request.params).id));
  });
  router.get("/drills", async (_request, response) => void response.json({ last: await inHomeWithTenants(drill).last() }));
  router.post("/drills", async (_request, response) => void response.status(201).json(await inHomeWithTenants(drill).run()));
  return router;
}

function inHomeWithTenants<T>(part: T | undefined): T {
  if (part === undefined) throw backupError("backup.no-tenants", "This home has no tenants: MANAGER_URL is not set.");
  return part;
}
