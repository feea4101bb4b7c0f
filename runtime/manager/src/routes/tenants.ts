import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router, type Request, type Response } from "express";
import type { TenantParts } from "../tenants/tenant-parts.ts";
import {
  eventsQuery,
  imageBody,
  linesQuery,
  noFields,
  removalQuery,
  restoreBody,
  tenantChange,
  tenantParams,
  tenantQuery,
  tenantRequest,
  waitBody,
} from "../tenants/tenant-request.ts";
import { actorOf } from "@freehold/kernel/actor";

const smallBody = jsonBody(65_536);
const idOf = (request: Request): string => parseInput(tenantParams, request.params).id;

/** Everything that people do with tenants. */
export function tenantRoutes(parts: TenantParts): Router {
  const { tenants } = parts;
  const router = Router();
  router.post("/", smallBody, async (request, response) => {
    const { tenant, token } = await tenants.provision(parseInput(tenantRequest, request.body), actorOf(request));
    response
      .status(token === null ? 200 : 201)
      .set("cache-control", "no-store")
      .json({ ...tenant, ...(token !== null && { token }) });
  });
  router.get("/", async (request, response) => void response.json(await tenants.list(parseInput(tenantQuery, request.query))));
  router.get("/:id", async (request, response) => void response.json(await tenants.get(idOf(request))));
  router.patch("/:id", smallBody, async (request, response) => {
    response.json(await tenants.change(idOf(request), parseInput(tenantChange, request.body), actorOf(request)));
  });
  router.delete("/:id", async (request, response) => {
    response.json(await tenants.remove(idOf(request), parseInput(removalQuery, request.query), actorOf(request)));
  });
  wishRoutes(router, parts);
  lookRoutes(router, parts);
  copyRoutes(router, parts);
  return router;
}

function wishRoutes(router: Router, { tenants }: TenantParts): void {
  const simple = { stop: tenants.stop, restart: tenants.restart, hibernate: tenants.hibernate, keep: tenants.keep } as const;
  for (const [name, act] of Object.entries(simple))
    router.post(`/:id/${name}`, smallBody, async (request, response) => {
      parseInput(noFields, request.body);
      response.json(await act.call(tenants, idOf(request), actorOf(request)));
    });
  for (const kind of ["start", "wake"] as const)
    router.post(`/:id/${kind}`, smallBody, async (request, response) => {
      const { waitMs } = parseInput(waitBody, request.body);
      const id = idOf(request);
      await tenants.start(id, actorOf(request), kind);
      response.json(await tenants.awaitAwake(id, waitMs));
    });
  router.post("/:id/image", smallBody, async (request, response) => {
    response.json(await tenants.setImage(idOf(request), parseInput(imageBody, request.body).image, actorOf(request)));
  });
  router.post("/:id/token", smallBody, async (request, response) => {
    parseInput(noFields, request.body);
    response
      .status(201)
      .set("cache-control", "no-store")
      .json({ token: await tenants.newToken(idOf(request), actorOf(request)) });
  });
}

function lookRoutes(router: Router, { tenants, store, box, usage }: TenantParts): void {
  router.get("/:id/events", async (request, response) => {
    const { before, limit } = parseInput(eventsQuery, request.query);
    const { id } = await tenants.row(idOf(request));
    const events = await store.events(id, { before, limit: limit + 1 });
    const shown = events.slice(0, limit);
    response.json({ events: shown, nextBefore: events.length > limit ? (shown.at(-1)?.id ?? null) : null });
  });
  router.get("/:id/logs", async (request, response) => {
    const { lines } = parseInput(linesQuery, request.query);
    const { id } = await tenants.row(idOf(request));
    response.type("text/plain; charset=utf-8").set("cache-control", "no-store");
    response.send(await box.logs(id, lines));
  });
  router.get("/:id/diagnostics", async (request, response) => {
    const { id } = await tenants.row(idOf(request));
    response.json({ findings: await box.diagnose(id) });
  });
  router.get("/:id/usage", async (request, response) => void response.json(await usage(await tenants.row(idOf(request)))));
}

function copyRoutes(router: Router, { tenants, copies }: TenantParts): void {
  router.post("/:id/backup", smallBody, async (request, response) => {
    parseInput(noFields, request.body);
    response.status(201).json(await copies.backUp(idOf(request), actorOf(request)));
  });
  router.post("/:id/restore", smallBody, async (request: Request, response: Response) => {
    const wanted = parseInput(restoreBody, request.body);
    await tenants.row(idOf(request));
    response.status(202).json(await copies.restore(idOf(request), wanted, actorOf(request)));
  });
}
