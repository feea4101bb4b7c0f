import type { Beginning } from "./beginning.ts";
import type { Call } from "./call.ts";
import type { Ending, Outcome } from "./ending.ts";
import { plainModel } from "./plain-model.ts";
import type { Usage } from "./usage.ts";

/** One request that has ended, as it stands in the books. Units: milliseconds, tokens, US dollars. */
export interface Booking {
  id: string;
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
  upstreamRequestId: string | null;
  startedAtMs: number;
  firstByteMs: number | null;
  durationMs: number;
}

/** What the books say of a call that has ended. Units: `now` in milliseconds of the monotonic clock. */
export function bookingOf({ id, key, request, fields, startedAt, startedAtMs }: Call, ending: Ending, now: number): Booking {
  const session = request.headers["x-claude-code-session-id"];
  const { outcome, status, provider, usage, costUsd, model, streamed, upstreamRequestId, firstByteAt } = ending;
  return {
    id,
    keyId: key.id,
    jobId: key.jobId,
    sessionId: typeof session === "string" && /^[\w-]{1,100}$/.test(session) ? session : null,
    model: plainModel(model) ?? null,
    provider,
    status,
    outcome,
    streamed: streamed || fields.stream,
    usage,
    costUsd,
    upstreamRequestId: upstreamRequestId ?? null,
    startedAtMs,
    firstByteMs: firstByteAt === undefined ? null : firstByteAt - startedAt,
    durationMs: now - startedAt,
  };
}

/** No status was told. */
const noStatus = 0;

/** What the books say of a call of which nothing is known but that it began. */
export function interruptedBookingOf(call: Call, beginning: Beginning, now: number): Booking {
  const unknown = { outcome: "interrupted", status: noStatus, streamed: call.fields.stream, upstreamRequestId: undefined, firstByteAt: undefined } as const;
  return bookingOf(call, { ...beginning, ...unknown }, now);
}
