import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import type { TenantParts } from "../tenants/tenant-parts.ts";
import { askQuery, hostParams, streamsBody, tenantParams, waitBody } from "../tenants/tenant-request.ts";

const smallBody = jsonBody(4_096);

/** What the entrance asks for each visitor. */
export function doorRoutes({ doors }: TenantParts): Router {
  const router = Router();
  router.get("/ask", async (request, response) => {
    await doors.ask(parseInput(askQuery, request.query).domain);
    response.status(200).end();
  });
  router.get("/:host", async (request, response) => void response.json(await doors.find(parseInput(hostParams, request.params).host)));
  router.post("/:id/awake", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    const { state } = await doors.awake(id, parseInput(waitBody, request.body).waitMs);
    response.json({ state });
  });
  router.post("/:id/active", smallBody, async (request, response) => {
    const { id } = parseInput(tenantParams, request.params);
    parseInput(streamsBody, request.body);
    await doors.active(id);
    response.status(204).end();
  });
  return router;
}
