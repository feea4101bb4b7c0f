import { Router, type Request, type RequestHandler, type Response } from "express";
import { jsonBody } from "@freehold/kernel/http";
import { requireCaller, requireRole, sameOriginIfNamed, type CallerParts } from "../callers.ts";
import { ownRoutes, type OwnRoute, type OwnRouteName } from "../own-routes.ts";
import { checkParameters, refuseMethod } from "./parameters.ts";

export type Handler = (request: Request, response: Response) => Promise<void> | void;
export type Handlers = Readonly<Record<OwnRouteName, Handler>>;

/** The routes that the console answers by itself, each behind the role that the table names. */
export function ownRouter(parts: CallerParts, handlers: Handlers): Router {
  const router = Router();
  const table: [OwnRouteName, OwnRoute][] = Object.entries(ownRoutes) as [OwnRouteName, OwnRoute][];
  for (const [name, route] of table) router[route.method](route.path, ...doorOf(parts, route), handlers[name]);
  const byPath = Map.groupBy(table, ([, { path }]) => path);
  for (const [path, rows] of byPath)
    router.all(
      path,
      requireCaller(parts),
      refuseMethod(
        path,
        rows.map(([, route]) => route),
      ),
    );
  return router;
}

function doorOf(parts: CallerParts, route: OwnRoute): RequestHandler[] {
  const { role, action, inPerson, bodyLimitBytes } = route;
  return [
    ...(role === "anyone" ? [sameOriginIfNamed(parts.publicOrigin)] : [requireCaller(parts), requireRole(parts.audit, { role, action, inPerson })]),
    checkParameters,
    ...(bodyLimitBytes === undefined ? [] : [jsonBody(bodyLimitBytes)]),
    ...(action === undefined ? [] : [parts.audit.record(action)]),
  ];
}
