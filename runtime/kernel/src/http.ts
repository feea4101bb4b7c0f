import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { z } from "zod";
import { AppError, toProblem } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface AppParts {
  log: Log;
  metrics: Metrics;
  /** Resolves when the service can do its work, with what `/health/ready` shall say beside; an error's message becomes its detail. */
  ready: () => Promise<void | Record<string, unknown>>;
}

/** An express app with what every service has: request ids, `/health`, `/health/ready`, `/metrics`. Routes are added by `routes`. */
export function createApp(parts: AppParts, routes: (app: Express) => void): Express {
  const app = express();
  app.disable("x-powered-by").set("etag", false).set("query parser", "simple");
  app.use(requestId());
  app.get("/health", (_request, response) => void response.json({ status: "live" }));
  app.get("/health/ready", async (_request, response) => {
    const more = await parts.ready().catch((cause: unknown) => {
      throw notReady(cause);
    });
    response.json({ status: "ready", ...more });
  });
  app.get("/metrics", async (_request, response) => void response.type(parts.metrics.contentType).send(await parts.metrics.text()));
  routes(app);
  app.use((request) => {
    throw new AppError("request.not-found", `There is no ${request.method} ${request.path} here; the service's README lists its routes.`, { status: 404 });
  });
  app.use(problemHandler(parts.log));
  return app;
}

/** The usual answer of a service that is starting; whoever waits for it asks every few seconds. */
const notReadyCode = "service.not-ready";
const notReady = (cause: unknown) =>
  new AppError(notReadyCode, cause instanceof Error ? cause.message : String(cause), { status: 503, retryable: true, retryAfterMs: 1_000, cause });

/** Takes a well-formed `x-request-id` over, else makes one; answers with it, so that one id runs through all services. */
function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.get("x-request-id");
    response.locals["requestId"] = given !== undefined && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
    response.setHeader("x-request-id", response.locals["requestId"] as string);
    next();
  };
}

/** Answers every error as `application/problem+json`; unexpected ones are logged whole and shown bare. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = fromBodyParser(thrown);
    const problem = toProblem(error, response.locals["requestId"] as string);
    if (problem.status >= 500 && problem.code !== notReadyCode)
      log.error("request.failed", { method: request.method, path: request.path, requestId: problem.requestId, error });
    if (response.headersSent) return void response.destroy();
    if (problem.retryAfterMs !== undefined) response.setHeader("retry-after", String(Math.ceil(problem.retryAfterMs / 1_000)));
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  };
}

/** express's body parsers throw errors of their own (`type`, `status`); callers should see ours. */
function fromBodyParser(thrown: unknown): unknown {
  const { type, limit, length } = (thrown ?? {}) as { type?: string; limit?: number; length?: number };
  switch (type) {
    case "entity.too.large":
      return new AppError("request.too-large", `The body has ${length ?? "too many"} bytes; at most ${limit} are taken. Send less.`, { status: 413 });
    case "entity.parse.failed":
      return new AppError("request.not-json", "The body is not valid JSON.", { status: 400 });
    case "encoding.unsupported":
    case "charset.unsupported":
      return new AppError("request.encoding", "The body's encoding is not supported; send UTF-8 JSON.", { status: 415 });
    default:
      if (thrown instanceof URIError) return new AppError("request.bad-url", "The address holds a broken %-escape.", { status: 400 });
      return (thrown as { status?: number })?.status === 400 && !(thrown instanceof AppError)
        ? new AppError("request.malformed", "The request is malformed.", { status: 400, cause: thrown })
        : thrown;
  }
}

/** Parses JSON bodies up to a size. Units: bytes. */
export const jsonBody = (limitBytes: number): RequestHandler => express.json({ limit: limitBytes, strict: true });

/**
 * Parses caller's input with a schema.
 * Throws: AppError `request.invalid` (400) that names each bad field.
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input ?? {});
  const unstorable = parsed.success ? unstorableTexts(input, []) : [];
  if (parsed.success && unstorable.length === 0) return parsed.data;
  const issues = parsed.success ? unstorable : parsed.error.issues;
  const fields = issues.map((issue) => ({ field: issue.path.join(".") || "body", problem: issue.message }));
  const text = fields.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
  throw new AppError("request.invalid", `The request was refused. ${text}.`, { status: 400, details: { fields } });
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

/** Texts that no database and no file takes as they are: PostgreSQL breaks off at a NUL, and at half a surrogate pair in JSON. */
function unstorableTexts(value: unknown, path: PropertyKey[]): Issue[] {
  if (typeof value === "string") {
    if (value.includes("\0")) return [{ path, message: "holds a NUL character" }];
    return value.isWellFormed() ? [] : [{ path, message: "holds half of a character (a lone surrogate)" }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) => [...unstorableTexts(name, [...path, name]), ...unstorableTexts(held, [...path, name])]);
}

/** Lets only callers in who present the token; compared in constant time. */
export function requireBearer(token: string): RequestHandler {
  return (request, _response, next) => {
    const given = /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1];
    if (given === undefined || !sameSecret(given, token))
      throw new AppError("auth.required", "This route needs `Authorization: Bearer <token>` with this service's token.", { status: 401 });
    next();
  };
}

/** Compares two secrets in constant time, whatever their lengths. */
export function sameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

const longestRequestMs = 3_600_000;

/** Listens and resolves once the socket is open. Throws: AppError `http.port-taken`. */
export async function listen(app: Express, listenPort: number, host = "0.0.0.0"): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = app.listen(listenPort, host);
    // Node gives up after five minutes, within which a large file does not come over a slow line; the headers' own minute stays.
    server.requestTimeout = longestRequestMs;
    server.once("listening", () => resolve({ server, port: (server.address() as AddressInfo).port }));
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === "EADDRINUSE"
          ? new AppError("http.port-taken", `Port ${listenPort} is taken by another process; stop it or set PORT.`, { cause })
          : cause,
      ),
    );
  });
}

/** Stops taking connections, lets running requests end, then cuts what is left. Units: milliseconds. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
