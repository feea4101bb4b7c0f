import { AppError } from "@freehold/kernel/errors";
import { requireBearer } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import express, { type Express } from "express";
import type { BodyLog, OpenedBody } from "../body-log/body-log.ts";
import { deleteBody } from "../store/bodies.ts";

export interface BodyRoutesParts {
  db: Pool;
  bodies: BodyLog;
  token: Secret;
  log: Log;
}

/** The bodies of requests whose key asks for them to be kept, for the owner alone. Each reading is logged. */
export function bodyRoutes(app: Express, { db, bodies, token, log }: BodyRoutesParts): void {
  const router = express.Router();
  router.use(requireBearer(token.reveal()));
  router.get("/requests/:id/body", async (request, response) => {
    const { id } = request.params;
    mustBeOn(bodies);
    const body = await bodies.read(id);
    if (body === undefined) throw noSuch(id);
    if (body === null) throw new AppError("body.unreadable", `The body of ${id.slice(0, 100)} was sealed with another BODY_LOG_KEY.`, { status: 409 });
    log.info("body.read", { requestId: id });
    response.set("cache-control", "no-store").json(shown(body));
  });
  router.delete("/requests/:id/body", async (request, response) => {
    if (!(await deleteBody(db, request.params.id))) throw noSuch(request.params.id);
    log.info("body.deleted", { requestId: request.params.id });
    response.status(204).end();
  });
  app.use("/admin", router);
}

/** Throws: AppError `body-log.off`. */
export function mustBeOn({ isOn }: Pick<BodyLog, "isOn">): void {
  if (!isOn) throw new AppError("body-log.off", "This gateway keeps no bodies, because it has no BODY_LOG_KEY; give it one.", { status: 409 });
}

const noSuch = (id: string) =>
  new AppError("body.no-such", `No body is kept of the request ${id.slice(0, 100)}: its key did not ask for it, or its time is over.`, { status: 404 });

/** As text, or, where it is none, as base64. */
function shown({ bytes, ...facts }: OpenedBody) {
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  return { ...facts, encoding: isText ? "utf8" : "base64", body: isText ? text : bytes.toString("base64") };
}
