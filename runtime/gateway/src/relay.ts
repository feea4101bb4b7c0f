import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "@freehold/kernel/log";
import { renderRefusal } from "./anthropic-error.ts";
import type { Beginning } from "./beginning.ts";
import { noFields, readBodyFields } from "./body-fields.ts";
import { readBody } from "./body-reader.ts";
import type { BodyLog } from "./body-log/body-log.ts";
import { bookingOf, interruptedBookingOf, type Booking } from "./booking.ts";
import type { Call } from "./call.ts";
import { Delivery, type DeliveryParts } from "./delivery.ts";
import type { Ending } from "./ending.ts";
import { refusal, stopping, type Refusal } from "./errors.ts";
import type { Ingress } from "./ingress.ts";
import type { Admission, KeyRing } from "./key-ring.ts";
import { KnownParts } from "./known-parts.ts";
import type { Meters } from "./meters.ts";
import type { Outlet } from "./outlet.ts";
import type { CacheTurn, Denial, Grant, Stages } from "./pipeline.ts";
import { newRequestId } from "./request-id.ts";
import type { Route } from "./route.ts";
import { Slots } from "./slots.ts";
import type { CallTrace, Tracing } from "./tracing/trace.ts";
import { noUsage } from "./usage.ts";
import { presentedKey, scopeOf, type VirtualKey } from "./virtual-key.ts";

export interface RelayParts {
  keys: Pick<KeyRing, "admit">;
  stages: Pick<Stages, "gate" | "cache">;
  delivery: DeliveryParts;
  books: {
    /** Takes note of a request that may cost something from now on, and calls back, if only later, once that is safe. Undefined where nothing would come of it. */
    begin: ((booking: Booking, then?: () => void) => void) | undefined;
    /** Takes the books of a request that has ended. */
    record: (booking: Booking) => void;
  };
  bodies: Pick<BodyLog, "keep">;
  meters: Meters;
  /** Absent unless traces are wanted. */
  tracing?: Tracing | undefined;
  log: Log;
  /** Units: bytes and milliseconds. */
  limits: { bodyBytes: number; pingAfterMs: number };
}

export interface Relay {
  handle(request: IncomingMessage, response: ServerResponse, route: Route): void;
  /** Ends all deliveries with an error that brings their callers back at once. */
  stop(): void;
  close(): void;
}

/** A request whose key and body are not known yet. */
interface Arrival {
  id: string;
  request: IncomingMessage;
  outlet: Outlet;
  ingress: Ingress | undefined;
  route: Route;
  /** Units: milliseconds since 1970, and of the monotonic clock. */
  startedAtMs: number;
  startedAt: number;
  trace?: CallTrace;
}

/** The hot path: takes a request through the stages of the pipeline. */
export function createRelay(parts: RelayParts): Relay {
  const flow = new Flow(parts);
  // When this process stood still, what came meanwhile is read before anybody is called silent: timers run before sockets, and this after both.
  const sweep = setInterval(() => setImmediate(() => flow.keepAlive()), Math.min(1_000, parts.limits.pingAfterMs));
  sweep.unref();
  return {
    handle(request, response, route) {
      // A socket that breaks while we write is seen by `close`; unheard, its error would end the process.
      response.on("error", ignore);
      request.on("error", ignore);
      const ingress = route.ingress?.open(response);
      const outlet = ingress?.outlet ?? response;
      const arrival: Arrival = { id: newRequestId(), request, outlet, ingress, route, startedAtMs: Date.now(), startedAt: performance.now() };
      if (parts.tracing !== undefined) followed(arrival, parts.tracing, response);
      flow.admit(arrival);
    },
    stop: () => flow.stop(),
    close: () => clearInterval(sweep),
  };
}

const ignore = () => {};

function followed(arrival: Arrival, tracing: Tracing, response: ServerResponse): void {
  const trace = tracing.began(arrival);
  arrival.trace = trace;
  // The others who hear of it have more to tell.
  response.once("close", () => setImmediate(() => trace.left()));
}

class Flow {
  readonly #parts: RelayParts;
  readonly #active = new Slots<Delivery>();
  readonly #knownParts = new KnownParts();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  keepAlive(): void {
    const now = performance.now();
    for (const delivery of this.#active) delivery.keepAlive(now, this.#parts.limits.pingAfterMs);
  }

  stop(): void {
    for (const delivery of this.#active) delivery.fail(stopping());
  }

  admit(arrival: Arrival): void {
    const go = (admission: Admission) => ("refused" in admission ? this.#refuse(arrival, admission.refused) : this.#read(arrival, admission.key));
    this.#then(arrival, this.#parts.keys.admit(presentedKey(arrival.request.headers)), go);
  }

  #read(arrival: Arrival, key: VirtualKey): void {
    readBody(arrival.request, this.#parts.limits.bodyBytes, (body) => {
      if (!Buffer.isBuffer(body)) return this.#refuse(arrival, body);
      const call = callOf(arrival, { key, read: body, parts: this.#knownParts });
      if ("refused" in call) return this.#refuse(arrival, call.refused);
      if (key.rules?.keepBodies === true && arrival.route.name === "messages") this.#parts.bodies.keep(arrival.id, key.id, body);
      this.#reserve(call);
    });
  }

  #reserve(call: Call): void {
    if (call.outlet.destroyed) return;
    this.#then(call, this.#parts.stages.gate.reserve(call), (reserved: Grant | Denial) => {
      if ("refused" in reserved) this.#refuse(call, reserved.refused);
      else this.#lookUp(call, reserved);
    });
  }

  #lookUp(call: Call, grant: Grant): void {
    if (call.outlet.destroyed) return grant.release();
    const next = {
      headers: grant.headers,
      begin: (provider: string) => this.#begin(call, { provider, model: call.fields.model, usage: noUsage, costUsd: 0 }),
      finish: (ending: Ending) => this.#finish(call, grant, ending),
      resume: () => this.#deliver({ call, grant, outlet: call.outlet }),
    };
    this.#then(call, this.#parts.stages.cache.lookUp(call, next), (found: CacheTurn) => {
      if (found.turn !== "pass") call.trace?.cached(found.turn === "lead" ? "miss" : found.from);
      if (found.turn === "pass") this.#deliver({ call, grant, outlet: call.outlet });
      else if (found.turn === "lead") this.#deliver({ call, grant, outlet: found.outlet, settled: found.settled });
    });
  }

  #deliver({ call, grant, outlet, settled }: { call: Call; grant: Grant; outlet: Outlet; settled?: (ending: Ending) => void }): void {
    const delivery = new Delivery(this.#parts.delivery, {
      call,
      grant,
      outlet,
      onAsk: this.#parts.books.begin && ((beginning, ask) => this.#begin(call, beginning, ask)),
      onEnd: (ending) => {
        this.#parts.meters.left();
        settled?.(ending);
        this.#finish(call, grant, ending);
      },
      onGone: () => this.#active.remove(slot),
    });
    const slot = this.#active.add(delivery);
    this.#parts.meters.began();
    delivery.start();
  }

  #begin(call: Call, beginning: Beginning, then?: () => void): void {
    const { begin } = this.#parts.books;
    if (begin !== undefined && call.route.name === "messages") begin(interruptedBookingOf(call, beginning, performance.now()), then);
    else then?.();
  }

  /** Writes a finished call into metrics and books; only messages cost something. */
  #finish(call: Call, grant: Grant, ending: Ending): void {
    const booking = bookingOf(call, ending, performance.now());
    this.#parts.meters.ended(booking, call.route.name);
    if (call.route.name === "messages") this.#parts.books.record(booking);
    call.trace?.ended(booking);
    grant.settle(ending);
  }

  #refuse({ id, outlet, trace }: Pick<Arrival, "id" | "outlet" | "trace">, why: Refusal): void {
    this.#parts.meters.refused(why.code);
    if (outlet.headersSent || outlet.destroyed) return;
    const { status, headers, body } = renderRefusal(why, id);
    trace?.refused(why.code, status);
    outlet.writeHead(status, {
      ...headers,
      "content-length": String(Buffer.byteLength(body)),
      ...(why.code === "request.too-large" ? { connection: "close" } : {}),
    });
    outlet.end(body);
  }

  /** Goes on at once where it can: a promise costs a turn. */
  #then<T>(answerable: Pick<Arrival, "id" | "outlet" | "trace">, found: T | Promise<T>, go: (found: T) => void): void {
    if (!(found instanceof Promise)) return go(found);
    found.then(go).catch((error: unknown) => {
      this.#parts.log.error("relay.defect", { requestId: answerable.id, error });
      this.#refuse(answerable, refusal("gateway.defect", "The gateway failed; its log has this request's id."));
    });
  }
}

function callOf({ ingress, ...arrival }: Arrival, { key, read, parts }: { key: VirtualKey; read: Buffer; parts: KnownParts }): Call | Denial {
  const { request, route } = arrival;
  const body = ingress === undefined ? read : ingress.request(read);
  if (!Buffer.isBuffer(body)) return body;
  const fields = route.hasBody && request.headers["content-encoding"] === undefined ? readBodyFields(body, { parts, scope: scopeOf(key) }) : noFields;
  const rawHeaders = ingress === undefined ? request.rawHeaders : ingress.headers(request.rawHeaders);
  const origin = ingress?.origin;
  const path = route.ingress?.path ?? request.url ?? "/";
  return { ...arrival, key, rawHeaders, path, body, fields, ...(origin === undefined ? {} : { origin }), readAt: performance.now() };
}
