import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Request, Response } from "express";
import type { Dispatcher } from "undici";
import { AppError, systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { callerOf } from "./callers.ts";
import { harmlessFileHeaders, requestHeaders, responseHeaders } from "./proxy-headers.ts";
import type { ProxiedRoute } from "./proxied-routes.ts";
import { refusedToken, upstreamError } from "./upstream-errors.ts";
import type { Upstream, Upstreams } from "./upstreams.ts";

export interface Proxy {
  /** Carries a request to its upstream and the answer back, both as they flow. Throws: AppError `upstream.…`, `request.too-large`. */
  forward(route: ProxiedRoute, request: Request, response: Response): Promise<void>;
}

export interface ProxyParts {
  connections: Dispatcher;
  upstreams: Upstreams;
  metrics: Metrics;
  log: Log;
}

export function createProxy({ connections, upstreams, metrics, log }: ProxyParts): Proxy {
  const duration = metrics.histogram("console_upstream_answer_seconds", "Time until an upstream began to answer.", ["service", "status"]);
  const failures = metrics.counter("console_upstream_failures_total", "Calls of an upstream that failed.", ["service", "reason"]);
  const open = metrics.gauge("console_proxied_open", "Answers that are flowing through now.", ["service"]);
  return {
    async forward(route, request, response) {
      const upstream = upstreams[route.upstream];
      const labels = { service: upstream.name };
      const startedAt = performance.now();
      open.inc(labels);
      try {
        const answer = await call(connections, upstream, { route, request, response });
        duration.observe({ ...labels, status: `${Math.floor(answer.statusCode / 100)}xx` }, (performance.now() - startedAt) / 1_000);
        await passBack(route, answer, response);
      } catch (thrown) {
        if (response.destroyed || response.writableEnded) return;
        const error = upstreamError(upstream, request.method, thrown);
        failures.inc({ ...labels, reason: error.code });
        log.warn("upstream.failed", { ...labels, code: error.code, requestId: response.locals["requestId"], error });
        throw error;
      } finally {
        open.dec(labels);
      }
    },
  };
}

interface Exchange {
  route: ProxiedRoute;
  request: Request;
  response: Response;
}

async function call(connections: Dispatcher, upstream: Upstream, { route, request, response }: Exchange): Promise<Dispatcher.ResponseData> {
  const left = new AbortController();
  // The reader has left, or the answer is complete: either way nothing upstream is needed any longer.
  response.once("close", () => left.abort());
  const attempt = () =>
    connections.request({
      origin: upstream.url,
      path: upstreamPath(route, request),
      method: request.method,
      headers: requestHeaders(request.headers, {
        token: upstream.token.reveal(),
        requestId: response.locals["requestId"] as string,
        user: callerOf(response).member.name,
      }),
      body: bodyOf(request, route.bodyLimitBytes ?? 0),
      signal: left.signal,
      headersTimeout: route.answerWithinMs ?? 30_000,
    });
  const answer = await attempt().catch((thrown: unknown) => {
    if (left.signal.aborted || !isStaleConnection(request, thrown)) throw thrown;
    return attempt();
  });
  if (answer.statusCode !== 401) return answer;
  await answer.body.dump();
  throw refusedToken(upstream);
}

/** A kept-alive connection that the upstream closed just then: a read may be asked again on a fresh one. */
const isStaleConnection = (request: Request, thrown: unknown) =>
  (request.method === "GET" || request.method === "HEAD") && ["UND_ERR_SOCKET", "ECONNRESET"].includes(systemCodeOf(thrown) ?? "");

/** The path is built from the checked parameters, never copied: `..` and encoded slashes can't reach another route. */
function upstreamPath(route: ProxiedRoute, request: Request): string {
  const path = route.to.replace(/:(\w+)/g, (_match, name: string) => encodeURIComponent(String(request.params[name])));
  const query = request.originalUrl.indexOf("?");
  return query === -1 ? path : path + request.originalUrl.slice(query);
}

function bodyOf(request: Request, limitBytes: number): Readable | null {
  const announced = Number(request.get("content-length") ?? 0);
  if (announced > limitBytes) throw tooLarge(announced, limitBytes);
  if (announced === 0 && request.get("transfer-encoding") === undefined) return null;
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limitBytes) done(tooLarge(seen, limitBytes));
      else done(null, chunk);
    },
  });
  request.once("close", () => request.complete || counted.destroy(new Error("the caller left")));
  // What nobody reads any more is still taken from the wire, or the caller would never come to read the answer.
  counted.once("close", () => request.unpipe(counted).resume());
  return request.pipe(counted);
}

const tooLarge = (bytes: number, limitBytes: number) =>
  new AppError(
    "request.too-large",
    `The body has ${bytes} bytes or more; at most ${limitBytes} are taken. Put large inputs into files instead of the prompt.`,
    {
      status: 413,
      details: { limitBytes },
    },
  );

async function passBack(route: ProxiedRoute, answer: Dispatcher.ResponseData, response: Response): Promise<void> {
  const headers = responseHeaders(answer.headers);
  response.status(answer.statusCode);
  for (const [name, value] of route.filesOfJobs === true && answer.statusCode < 300 ? harmlessFileHeaders(headers) : headers) response.setHeader(name, value);
  response.flushHeaders();
  await pipeline(answer.body, response);
}
