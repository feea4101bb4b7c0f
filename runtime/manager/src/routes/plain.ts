import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import type { TenantParts } from "../tenants/tenant-parts.ts";
import { plainBody, plainQuery, plainRestoreBody } from "../tenants/tenant-request.ts";
import { actorOf } from "@freehold/kernel/actor";

const smallBody = jsonBody(4_096);
const standardRemoval = { graceDays: 7, backup: true };

/** The same for scripts: an id in the body, and nothing to know beside it. */
export function plainRoutes({ tenants, copies }: TenantParts): Router {
  const router = Router();
  router.post("/provision", smallBody, async (request, response) => {
    const { tenant, token } = await tenants.provision(parseInput(plainBody, request.body), actorOf(request));
    response
      .status(token === null ? 200 : 201)
      .set("cache-control", "no-store")
      .json({ ...tenant, ...(token !== null && { token }) });
  });
  router.delete("/deprovision", smallBody, async (request, response) => {
    response.json(await tenants.remove(parseInput(plainBody, request.body).id, standardRemoval, actorOf(request)));
  });
  router.post("/restart", smallBody, async (request, response) => {
    response.json(await tenants.restart(parseInput(plainBody, request.body).id, actorOf(request)));
  });
  router.get("/status", async (request, response) => void response.json(await tenants.get(parseInput(plainQuery, request.query).id)));
  router.post("/backup", smallBody, async (request, response) => {
    response.status(201).json(await copies.backUp(parseInput(plainBody, request.body).id, actorOf(request)));
  });
  router.post("/restore", smallBody, async (request, response) => {
    const { id, date } = parseInput(plainRestoreBody, request.body);
    response.status(202).json(await copies.restore(id, { at: date }, actorOf(request)));
  });
  return router;
}
