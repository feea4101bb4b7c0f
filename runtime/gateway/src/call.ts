import type { IncomingMessage } from "node:http";
import type { BodyFields } from "./body-fields.ts";
import type { Origin } from "./openai/origin.ts";
import type { Outlet } from "./outlet.ts";
import type { Route } from "./route.ts";
import type { CallTrace } from "./tracing/trace.ts";
import type { VirtualKey } from "./virtual-key.ts";

/** A request that was let in and read to its end. */
export interface Call {
  /** Our request id; callers get it as `request-id`. */
  id: string;
  key: VirtualKey;
  route: Route;
  request: IncomingMessage;
  /** The caller's headers, as a Messages caller sends them. Shape: names and values in turn. */
  rawHeaders: readonly string[];
  /** What a provider is asked for, with the query. */
  path: string;
  outlet: Outlet;
  /** Empty once a stream has begun to come back: nobody needs it then. */
  body: Buffer;
  fields: BodyFields;
  /** What the caller sent in its own dialect. */
  origin?: Origin;
  /** Absent unless traces are wanted. */
  trace?: CallTrace;
  /** Units: milliseconds since 1970. */
  startedAtMs: number;
  /** When its head had come, and its last byte. Units: milliseconds of the monotonic clock. */
  startedAt: number;
  readAt: number;
}
