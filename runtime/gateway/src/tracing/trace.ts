import type { IncomingMessage } from "node:http";
import type { Outcome } from "../ending.ts";
import type { Usage } from "../usage.ts";

/** Writes down where the time of a request went; there is none unless a receiver is configured. */
export interface Tracing {
  began(arrival: TracedArrival): CallTrace;
  /** Sends what has not been sent; gives up after a while. */
  close(): Promise<void>;
}

/** What is told here of a route, an attempt and a booking, so that calls may know their trace. Units: milliseconds of the monotonic clock. */
export interface TracedArrival {
  id: string;
  request: IncomingMessage;
  route: TracedRoute;
  startedAt: number;
}

export interface TracedRoute {
  name: string;
  method: string;
}

export interface TracedAttempt {
  target: { name: string; provider: { kind: string; name: string; origin: string } };
  askedModel: string | undefined;
  model: string | undefined;
  usage: Usage;
  status: number;
  startedAt: number;
  firstByteAt: number | undefined;
}

export interface TracedEnding {
  keyId: string;
  jobId: string | null;
  sessionId: string | null;
  model: string | null;
  provider: string;
  status: number;
  outcome: Outcome;
  streamed: boolean;
  usage: Usage;
  costUsd: number | null;
  firstByteMs: number | null;
}

/** One request. What comes after its end is dropped. */
export interface CallTrace {
  /** What the cache had to do with it. */
  cached(result: "hit" | "miss" | "shared"): void;
  /** A provider is about to be asked: its request is told whose child it is. Shape of `headers`: names and values in turn. */
  asked(attempt: TracedAttempt, headers: string[]): void;
  attempted(attempt: TracedAttempt, result: string, status: number): void;
  /** It was refused before any provider was asked. */
  refused(code: string, status: number): void;
  ended(ending: TracedEnding): void;
  /** Its caller left before anything else could be said of it. */
  left(): void;
}
