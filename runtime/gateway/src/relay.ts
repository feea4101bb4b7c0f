import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { renderRefusal } from "./anthropic-error.ts";
import { readBodyFields, type BodyFields } from "./body-fields.ts";
import { readBody } from "./body-reader.ts";
import type { Booking } from "./booking.ts";
import { refusal, type Refusal } from "./errors.ts";
import { Exchange, stopping, type Ending } from "./exchange.ts";
import { headersForProvider } from "./headers.ts";
import type { Admission, KeyRing } from "./key-ring.ts";
import type { Meters } from "./meters.ts";
import { costOf } from "./prices.ts";
import { activeProvider, type Provider } from "./provider.ts";
import type { Route } from "./route.ts";
import type { Upstreams } from "./upstreams.ts";
import { presentedKey, type VirtualKey } from "./virtual-key.ts";

export interface RelayParts {
  keys: Pick<KeyRing, "admit">;
  providers: readonly Provider[];
  upstreams: Upstreams;
  /** Takes the books of a finished request. */
  record: (booking: Booking) => void;
  meters: Meters;
  log: Log;
  /** Units: bytes and milliseconds. */
  limits: { bodyBytes: number; firstByteMs: number; answerMs: number; pingAfterMs: number };
}

export interface Relay {
  handle(request: IncomingMessage, response: ServerResponse, route: Route): void;
  /** Ends all exchanges with an error that brings their callers back at once. */
  stop(): void;
  close(): void;
}

/** A request that was let in. */
interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  route: Route;
  key: VirtualKey;
  id: string;
  /** Units: milliseconds since 1970, and of the monotonic clock. */
  startedAtMs: number;
  startedAt: number;
}

/** The hot path: admits a request, gives it to the provider, and passes the answer back. */
export function createRelay(parts: RelayParts): Relay {
  const active = new Set<Exchange>();
  const sweep = setInterval(
    () => {
      for (const exchange of active) exchange.keepAlive(parts.limits.pingAfterMs);
    },
    Math.min(1_000, parts.limits.pingAfterMs),
  );
  sweep.unref();
  return {
    handle(request, response, route) {
      const id = `req_${randomBytes(12).toString("base64url")}`;
      const times = { startedAtMs: Date.now(), startedAt: performance.now() };
      // A socket that breaks while we write is seen by `close`; unheard, its error would end the process.
      response.on("error", ignore);
      request.on("error", ignore);
      const go = (admission: Admission) => {
        if ("refused" in admission) return refuse(parts, { request, response, id }, admission.refused);
        const call: Call = { request, response, route, key: admission.key, id, ...times };
        readBody(request, parts.limits.bodyBytes, (body) => (Buffer.isBuffer(body) ? forward(parts, active, call, body) : refuse(parts, call, body)));
      };
      const admission = parts.keys.admit(presentedKey(request.headers));
      if (admission instanceof Promise) void admission.then(go).catch((fault: unknown) => defect(parts, { request, response, id }, fault));
      else go(admission);
    },
    stop() {
      for (const exchange of active) exchange.fail(stopping());
    },
    close: () => clearInterval(sweep),
  };
}

const ignore = () => {};

type Answerable = Pick<Call, "request" | "response" | "id">;

function refuse({ meters }: RelayParts, { response, id }: Answerable, why: Refusal): void {
  meters.refused(why.code);
  if (response.headersSent || response.destroyed) return;
  const answer = renderRefusal(why, id);
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": Buffer.byteLength(answer.body),
    ...(why.code === "request.too-large" ? { connection: "close" } : {}),
  });
  response.end(answer.body);
}

function defect(parts: RelayParts, call: Answerable, error: unknown): void {
  parts.log.error("relay.defect", { requestId: call.id, error });
  refuse(parts, call, refusal("gateway.defect", "The gateway failed; its log has this request's id."));
}

function forward(parts: RelayParts, active: Set<Exchange>, call: Call, body: Buffer): void {
  const { request, response, route, id } = call;
  if (response.destroyed) return;
  const readAt = performance.now();
  // The seam for failover: the first candidate is tried; the others will follow before the first byte.
  const provider = activeProvider(parts.providers);
  const fields = route.hasBody && request.headers["content-encoding"] === undefined ? readBodyFields(body) : noFields;
  const exchange = new Exchange({
    provider,
    response,
    requestId: id,
    isMessage: route.name === "messages",
    fields,
    now: () => performance.now(),
    onEnd(ending) {
      active.delete(exchange);
      settle(parts, call, { provider, ending, fields });
    },
    onFault: (why, fault) => {
      parts.meters.refused(why.code);
      parts.log.warn("provider.failed", { provider: provider.name, code: why.code, fault: systemCodeOf(fault), requestId: id });
    },
  });
  active.add(exchange);
  parts.meters.began();
  dispatch(parts, exchange, { call, provider, body, stream: fields.stream });
  parts.meters.added(provider.name, performance.now() - readAt);
}

const noFields: BodyFields = { model: undefined, stream: false };

interface Outgoing {
  call: Call;
  provider: Provider;
  body: Buffer;
  stream: boolean;
}

function dispatch({ upstreams, limits }: RelayParts, exchange: Exchange, { call: { request, route }, provider, body, stream }: Outgoing): void {
  try {
    upstreams.poolOf(provider).dispatch(
      {
        method: route.method,
        path: provider.basePath + (request.url ?? "/"),
        headers: headersForProvider(request.rawHeaders, provider.credential()),
        body: route.hasBody ? body : null,
        headersTimeout: stream ? limits.firstByteMs : limits.answerMs,
      },
      exchange,
    );
  } catch (fault) {
    exchange.onResponseError(undefined, fault);
  }
}

/** Writes a finished request into metrics and books; only messages cost something. */
function settle(parts: RelayParts, call: Call, { provider, ending, fields }: { provider: Provider; ending: Ending; fields: BodyFields }): void {
  const booking = bookingOf(call, { provider, ending, fields });
  parts.meters.ended(booking, call.route.name);
  if (call.route.name === "messages") parts.record(booking);
}

function bookingOf(
  { id, key, request, startedAt, startedAtMs }: Call,
  { provider, ending, fields }: { provider: Provider; ending: Ending; fields: BodyFields },
): Booking {
  const session = request.headers["x-claude-code-session-id"];
  const { outcome, status, usage, model, streamed, upstreamRequestId, firstByteAt } = ending;
  return {
    id,
    keyId: key.id,
    jobId: key.jobId,
    sessionId: typeof session === "string" && /^[\w-]{1,100}$/.test(session) ? session : null,
    model: model?.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?") ?? null,
    provider: provider.name,
    status,
    outcome,
    streamed: streamed || fields.stream,
    usage,
    costUsd: costOf(provider.name, model, usage) ?? null,
    upstreamRequestId: upstreamRequestId ?? null,
    startedAtMs,
    firstByteMs: firstByteAt === undefined ? null : firstByteAt - startedAt,
    durationMs: performance.now() - startedAt,
  };
}
