import { actorOf } from "@freehold/kernel/actor";
import type { Log } from "@freehold/kernel/log";
import type { RequestHandler } from "express";

/**
 * Writes down who asks for something to be done, before it is done, and how it ended. In the log, not in a database: that may be what is brought back.
 * What comes through the console or the manager stands in their records as well.
 */
export function noteChanges(log: Log): RequestHandler {
  return (request, response, next) => {
    if (request.method === "GET" || request.method === "HEAD") return next();
    const change = { method: request.method, path: request.path.slice(0, 300), actor: actorOf(request), requestId: response.locals["requestId"] as string };
    log.info("change.asked", change);
    response.once("close", () => log.info("change.ended", { ...change, status: response.writableFinished ? response.statusCode : null }));
    next();
  };
}
