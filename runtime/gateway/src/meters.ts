import type { Metrics } from "@freehold/kernel/metrics";
import type { Booking } from "./booking.ts";
import type { CircuitState } from "./circuit.ts";
import { errorTable, type ErrorCode } from "./errors.ts";
import type { Usage } from "./usage.ts";
import type { Verdict } from "./verdict.ts";

export type AttemptResult = "answered" | "abandoned" | Verdict["kind"];

/** Units: milliseconds of the monotonic clock. */
export interface MeteredAttempt {
  target: { provider: { name: string } };
  startedAt: number;
  firstByteAt: number | undefined;
}

/** The gateway's own metrics; label sets are closed. */
export interface Meters {
  refused(code: ErrorCode): void;
  began(): void;
  left(): void;
  ended(booking: Booking, route: string): void;
  attempted(attempt: MeteredAttempt, result: AttemptResult): void;
  /** `worst` of all circuits, and that of the provider as a whole. */
  circuits(provider: string, state: { worst: CircuitState; whole: CircuitState }): void;
  /** Units: milliseconds from the request's last byte here to its start at the provider. */
  added(provider: string, ms: number): void;
  booksPending(count: number): void;
  bookingLost(): void;
  journalUnwritten(): void;
  body(result: "kept" | "lost"): void;
}

const secondsBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const firstByteBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const addedBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1];

const tokenKinds = [
  ["input", "inputTokens"],
  ["output", "outputTokens"],
  ["cacheRead", "cacheReadTokens"],
  ["cacheWrite5m", "cacheWrite5mTokens"],
  ["cacheWrite1h", "cacheWrite1hTokens"],
] as const satisfies readonly (readonly [string, keyof Usage])[];

const circuitStates: readonly CircuitState[] = ["closed", "half-open", "open"];

export function createMeters(metrics: Metrics): Meters {
  const requests = metrics.counter("gateway_requests_total", "Requests that were given to a provider, by how they ended.", [
    "route",
    "provider",
    "status",
    "outcome",
  ]);
  const refusals = metrics.counter("gateway_refusals_total", "Errors of the gateway's own, by code.", ["code"]);
  // An alert on a counter's growth sees no growth in a series that begins with its first event.
  for (const code of Object.keys(errorTable)) refusals.inc({ code }, 0);
  const active = metrics.gauge("gateway_requests_active", "Requests at a provider now.");
  const firstByte = metrics.histogram(
    "gateway_first_byte_seconds",
    "From a request's arrival to the first byte of its answer.",
    ["provider"],
    firstByteBuckets,
  );
  const whole = metrics.histogram("gateway_request_seconds", "From a request's arrival to the end of its answer.", ["provider"], secondsBuckets);
  const added = metrics.histogram(
    "gateway_added_seconds",
    "From a request's last byte to its start at the provider: the gateway's own part.",
    ["provider"],
    addedBuckets,
  );
  const attempts = createAttemptMeters(metrics);
  const circuits = metrics.gauge("gateway_circuit_state", "The worst of a provider's circuits: 0 closed, 1 half-open, 2 open.", ["provider"]);
  const providers = metrics.gauge("gateway_provider_state", "A provider as a whole: 0 can be asked, 1 is being probed, 2 can't be asked.", ["provider"]);
  const tokens = metrics.counter("gateway_tokens_total", "Tokens by kind.", ["provider", "kind"]);
  const cost = metrics.counter("gateway_cost_usd_total", "Cost at list price, in US dollars.", ["provider"]);
  const unpriced = metrics.counter("gateway_unpriced_total", "Completed requests whose price is not known; the cost does not have them.", ["provider"]);
  const bodies = metrics.counter("gateway_bodies_total", "Bodies of requests that were to be kept, by what came of that.", ["result"]);
  const countTokens = ({ provider, usage }: Booking) => {
    for (const [kind, field] of tokenKinds) if (usage[field] > 0) tokens.inc({ provider, kind }, usage[field]);
  };
  return {
    refused: (code) => refusals.inc({ code }),
    began: () => active.inc(),
    left: () => active.dec(),
    ended(booking, route) {
      const { provider } = booking;
      requests.inc({ route, provider, status: booking.status, outcome: booking.outcome });
      if (booking.firstByteMs !== null) firstByte.observe({ provider }, booking.firstByteMs / 1_000);
      whole.observe({ provider }, booking.durationMs / 1_000);
      countTokens(booking);
      if (booking.costUsd !== null) cost.inc({ provider }, booking.costUsd);
      else if (booking.outcome === "completed" && route === "messages") unpriced.inc({ provider });
    },
    attempted: attempts,
    circuits(provider, state) {
      circuits.set({ provider }, circuitStates.indexOf(state.worst));
      providers.set({ provider }, circuitStates.indexOf(state.whole));
    },
    added: (provider, ms) => added.observe({ provider }, ms / 1_000),
    ...createBooksMeters(metrics),
    body: (result) => bodies.inc({ result }),
  };
}

function createBooksMeters(metrics: Metrics): Pick<Meters, "booksPending" | "bookingLost" | "journalUnwritten"> {
  const pending = metrics.gauge("gateway_books_pending", "Bookings that wait to be written.");
  const lost = metrics.counter("gateway_books_lost_total", "Bookings that could not be written.");
  const unwritten = metrics.counter("gateway_journal_unwritten_total", "Requests that could not be written down before the books have them.");
  return { booksPending: (count) => pending.set(count), bookingLost: () => lost.inc(), journalUnwritten: () => unwritten.inc() };
}

/** What it is like to ask a provider, whatever the caller sees of it. */
function createAttemptMeters(metrics: Metrics): Meters["attempted"] {
  const attempts = metrics.counter("gateway_attempts_total", "Requests to providers, by what came of them; one call may need several.", ["provider", "result"]);
  const upstream = metrics.histogram("gateway_upstream_seconds", "From a request's start at a provider to its end there.", ["provider"], secondsBuckets);
  const firstByte = metrics.histogram(
    "gateway_upstream_first_byte_seconds",
    "From a request's start at a provider to the first byte of its answer.",
    ["provider"],
    firstByteBuckets,
  );
  return ({ target, startedAt, firstByteAt }, result) => {
    const provider = target.provider.name;
    attempts.inc({ provider, result });
    upstream.observe({ provider }, (performance.now() - startedAt) / 1_000);
    if (firstByteAt !== undefined) firstByte.observe({ provider }, (firstByteAt - startedAt) / 1_000);
  };
}
