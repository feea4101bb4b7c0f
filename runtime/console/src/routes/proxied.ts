import { Router, type RequestHandler } from "express";
import { AppError } from "@freehold/kernel/errors";
import type { Audit } from "../audit.ts";
import { idPattern, proxiedRoutes, type ProxiedRoute } from "../proxied-routes.ts";
import type { Proxy } from "../proxy.ts";

/** The routes of the other services, for callers who are let in already. */
export function proxiedRouter(proxy: Proxy, audit: Audit): Router {
  const router = Router();
  for (const route of proxiedRoutes) {
    const recorded = route.action === undefined ? [] : [audit.record(route.action)];
    router[route.method](route.path, checkId, ...recorded, (request, response) => proxy.forward(route, request, response));
  }
  for (const [path, routes] of Map.groupBy(proxiedRoutes, (route) => route.path)) router.all(path, refuseMethod(path, routes));
  return router;
}

const checkId: RequestHandler = (request, _response, next) => {
  const id = request.params["id"];
  if (id !== undefined && !idPattern.test(String(id)))
    throw new AppError(
      "request.bad-id",
      `"${String(id).slice(0, 100)}" can't be an id: ids hold letters, digits, - and _ alone. Take it from the list, such as GET /api/jobs.`,
      { status: 400 },
    );
  next();
};

function refuseMethod(path: string, routes: ProxiedRoute[]): RequestHandler {
  const allowed = routes.map((route) => (route.method === "get" ? "GET, HEAD" : route.method.toUpperCase())).join(", ");
  return (request, response) => {
    response.setHeader("allow", allowed);
    throw new AppError("request.bad-method", `${request.method} is not possible on ${path}; possible: ${allowed}.`, { status: 405 });
  };
}
