import { Router } from "express";
import type { Audit } from "../audit.ts";
import { requireRole } from "../callers.ts";
import { proxiedRoutes } from "../proxied-routes.ts";
import type { Proxy } from "../proxy.ts";
import { checkParameters, refuseMethod } from "./parameters.ts";

/** The routes of the other services, for callers who are let in already, each behind the role that the table names. */
export function proxiedRouter(proxy: Proxy, audit: Audit): Router {
  const router = Router();
  for (const route of proxiedRoutes) {
    const recorded = route.action === undefined ? [] : [audit.record(route.action)];
    router[route.method](route.path, requireRole(audit, route), checkParameters, ...recorded, (request, response) => proxy.forward(route, request, response));
  }
  for (const [path, routes] of Map.groupBy(proxiedRoutes, (route) => route.path)) router.all(path, refuseMethod(path, routes));
  return router;
}
