import { randomUUID } from "node:crypto";
import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, toProblem } from "@freehold/kernel/errors";
import { problemHandler } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import { databaseAway, isDatabaseAway } from "../database-errors.ts";
import { createActivity } from "./activity.ts";
import { createAdmissions } from "./admission.ts";
import type { Doors } from "./manager-doors.ts";
import { ownRoutes } from "./own-paths.ts";
import { pagePolicy, renderPage, type Notice } from "./page.ts";
import { createStreams, recheckEveryMs, type Streams } from "./streams.ts";
import { visitOf, type Visit } from "./visit.ts";
import { createWayIn, type Passage, type WayIn } from "./way-in.ts";

export interface TenantDoorParts {
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  doors: Doors;
  publicOrigin: string;
  ownerToken: Secret;
  edgeUrl: string;
  edgeKey: Secret;
  /** 32 random bytes, as base64url. */
  newToken: () => string;
}

export interface TenantDoor {
  app: Express;
  /** Takes the WebSockets that come to the app's server. */
  attach(server: Server): void;
  close(): void;
}

type Answer = (request: Request, response: Response) => Promise<void>;

/** The port that Caddy asks about every request at a tenant's host. What kind of question it is stands in a header that Caddy sets and takes from nobody. */
export function createTenantDoor(parts: TenantDoorParts): TenantDoor {
  const { log, metrics, doors, publicOrigin } = parts;
  const admissions = createAdmissions(parts);
  const streams = createStreams({ edgeUrl: parts.edgeUrl, edgeKey: parts.edgeKey, admissions });
  const activity = createActivity({ ...parts, openStreams: () => streams.open() });
  const wayIn = counted(metrics, createWayIn({ ...parts, admissions, activity }));
  const kinds = answersOf(wayIn, streams, ownRoutes({ ...parts, admissions }));
  const openStreams = metrics.gauge("console_tenant_streams_open", "WebSockets and event streams that are open to tenants.");

  const app = express();
  app.disable("x-powered-by").set("etag", false).set("query parser", "simple");
  app.use((_request, response, next) => {
    response.locals["requestId"] = randomUUID();
    response.setHeader("cache-control", "no-store");
    next();
  });
  app.get("/ask", async (request, response) => {
    response.status((await doors.mayCertify(String(request.query["domain"] ?? ""))) ? 200 : 404).end();
  });
  app.use(async (request, response) => {
    const kind = kinds[request.get("x-freehold-door") ?? ""];
    if (kind === undefined) throw new AppError("request.not-found", "Caddy alone asks here, and says what.", { status: 404 });
    await kind(request, response);
  });
  app.use(pagesOfErrors(publicOrigin));
  app.use(problemHandler(log));

  const timer = everySoOften(async () => {
    openStreams.set(total(streams.open()));
    activity.round();
    await streams.recheck();
  }, recheckEveryMs);
  return {
    app,
    attach: (server) => void server.on("upgrade", upgrades(wayIn, streams)),
    close() {
      clearInterval(timer);
      streams.close();
    },
  };
}

/** By kind of question. */
function answersOf(wayIn: WayIn, streams: Streams, own: (visit: Visit, response: Response) => Promise<void>): Readonly<Record<string, Answer>> {
  return {
    async check(request, response) {
      const visit = noted(response, visitOf(request, { asked: true }));
      const passage = await wayIn(visit);
      if (passage.kind !== "through") return answer(response, passage);
      response.setHeader("x-freehold-tenant", passage.admitted.door.id);
      response.setHeader("x-freehold-client", visit.client);
      response.setHeader("x-freehold-cookie", visit.cookies.rest);
      response.status(200).end();
    },
    async stream(request, response) {
      const visit = noted(response, visitOf(request, { asked: false }));
      const passage = await wayIn(visit);
      if (passage.kind !== "through") return answer(response, passage);
      streams.answer({ admitted: passage.admitted, visit }, { request, response });
    },
    own: (request, response) => own(noted(response, visitOf(request, { asked: false })), response),
    async unreachable(request, response) {
      noted(response, visitOf(request, { asked: true }));
      throw fromCaddy(request.get("x-freehold-fault") ?? "");
    },
  };
}

function upgrades(wayIn: WayIn, streams: Streams) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const visit = visitOf(request, { asked: false });
    socket.on("error", () => socket.destroy());
    const passage = request.headers["x-freehold-door"] === "stream" ? wayIn(visit) : Promise.reject(noUpgrade());
    passage
      .then((found) => {
        if (found.kind !== "through") throw noUpgrade();
        streams.upgrade({ admitted: found.admitted, visit }, { request, socket, head });
      })
      .catch((thrown: unknown) => refuse(socket, thrown));
  };
}

function noted(response: Response, visit: Visit): Visit {
  response.locals["visit"] = visit;
  return visit;
}

function answer(response: Response, passage: Exclude<Passage, { kind: "through" }>): void {
  if (passage.kind === "page") return sendPage(response, passage.status, passage.notice);
  response.append("set-cookie", passage.cookie).redirect(302, passage.location);
}

function sendPage(response: Response, status: number, notice: Notice): void {
  if (notice.comesIn !== undefined) response.setHeader("retry-after", String(notice.comesIn));
  response.status(status).type("html");
  response.setHeader("content-security-policy", pagePolicy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.send(renderPage(notice));
}

/** Persons get pages where programs get problems. */
function pagesOfErrors(publicOrigin: string): ErrorRequestHandler {
  return (thrown: unknown, _request, response, next) => {
    const error = isDatabaseAway(thrown) ? databaseAway(thrown) : thrown;
    const isPage = (response.locals["visit"] as Visit | undefined)?.isNavigation === true;
    if (!isPage || !(error instanceof AppError) || response.headersSent) return next(error);
    const notice = { title: titles[error.code] ?? "It can't be reached now", text: error.message };
    const waits = error.retryable ? { comesIn: 3 } : { link: { href: publicOrigin, label: "To the console" } };
    sendPage(response, error.status, { ...notice, ...waits });
  };
}

const titles: Readonly<Record<string, string>> = {
  "tenant.not-for-you": "Not for you",
  "tenant.foreign-origin": "Refused",
  "tenant.home-token": "The wrong token",
  "tenant.ticket-over": "This way in is over",
  "request.not-found": "There is nothing here",
  "request.too-large": "Too large",
};

const fromCaddy = (fault: string): AppError =>
  fault.includes("body too large")
    ? new AppError("request.too-large", "The body is larger than what is taken for a tenant. Send less at once.", { status: 413 })
    : new AppError("tenant.unreachable", "The assistant does not answer. It is restarting perhaps; ask again in a few seconds.", {
        status: 502,
        retryable: true,
        retryAfterMs: 3_000,
      });

const noUpgrade = () => new AppError("request.not-found", "There is no WebSocket here.", { status: 404 });

function refuse(socket: Duplex, thrown: unknown): void {
  const problem = toProblem(isDatabaseAway(thrown) ? databaseAway(thrown) : thrown);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Refused"}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(problem.retryAfterMs === undefined ? [] : [`retry-after: ${Math.ceil(problem.retryAfterMs / 1_000)}`]),
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function counted(metrics: Metrics, wayIn: WayIn): WayIn {
  const passages = metrics.counter("console_tenant_requests_total", "Requests at tenants' hosts, by what became of them.", ["outcome"]);
  return async (visit) => {
    try {
      const passage = await wayIn(visit);
      passages.inc({ outcome: passage.kind });
      return passage;
    } catch (thrown) {
      passages.inc({ outcome: thrown instanceof AppError ? thrown.code : "failed" });
      throw thrown;
    }
  };
}

const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Runs again only when the run before is over. */
function everySoOften(work: () => Promise<void>, everyMs: number): NodeJS.Timeout {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void work().finally(() => (busy = false));
  }, everyMs);
  return timer.unref();
}
