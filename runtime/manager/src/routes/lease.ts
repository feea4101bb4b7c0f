import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { fault } from "../errors.ts";
import type { TenantParts } from "../tenants/tenant-parts.ts";
import { backedUpBody, freezeBody, restoredBody, tenantParams, thawBody } from "../tenants/tenant-request.ts";
import { actorOf } from "@freehold/kernel/actor";

const smallBody = jsonBody(4_096);

/** What the backup service does with a tenant: it keeps it paused for a moment, and hands a restored home over. */
export function leaseRoutes({ tenants, freezer, leads }: TenantParts): Router {
  const router = Router();
  router.post("/:id/freeze", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    const { leaseMs } = parseInput(freezeBody, request.body);
    // Another manager would un-pause at once what this one pauses.
    if (!leads()) throw fault("manager.not-leading", "This manager does not lead just now; ask again in a moment.");
    await tenants.row(id);
    const frozen = await freezer.freeze(id, leaseMs);
    tenants.note(id, actorOf(request), "paused", { leaseMs, ran: frozen.frozen });
    response.json(frozen);
  });
  // Without a look into the database, so that a paused tenant goes on also while that is away.
  router.post("/:id/thaw", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    const pausedMs = await freezer.thaw(id, parseInput(thawBody, request.body).lease);
    tenants.note(id, actorOf(request), "resumed", { pausedMs });
    response.json({ pausedMs });
  });
  router.post("/:id/restored", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    response.json(await tenants.restored(id, parseInput(restoredBody, request.body).folder, actorOf(request)));
  });
  router.post("/:id/backed-up", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    await tenants.backedUp(id, new Date(parseInput(backedUpBody, request.body).at), actorOf(request));
    response.status(204).end();
  });
  return router;
}

/** A restored home is started once, and shown nobody. */
export function drillRoutes({ drills }: TenantParts): Router {
  const router = Router();
  router.post("/", smallBody, async (request, response) => {
    response.json(await drills.run(parseInput(restoredBody, request.body).folder, actorOf(request)));
  });
  return router;
}
