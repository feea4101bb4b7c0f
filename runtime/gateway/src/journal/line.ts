import { z } from "zod";
import type { Booking } from "../booking.ts";

/** What is written down of a request: that it was begun, with what it may come to, and how it ended. */
export interface JournalLine {
  kind: "opened" | "closed";
  booking: Booking;
}

const amount = z.number().min(0);
const booking = z.object({
  id: z.string().min(1),
  keyId: z.guid(),
  jobId: z.string().nullable(),
  sessionId: z.string().nullable(),
  model: z.string().nullable(),
  provider: z.string(),
  status: z.number().int(),
  outcome: z.enum(["completed", "failed", "aborted", "interrupted"]),
  streamed: z.boolean(),
  usage: z.object({ inputTokens: amount, outputTokens: amount, cacheReadTokens: amount, cacheWrite5mTokens: amount, cacheWrite1hTokens: amount }),
  costUsd: amount.nullable(),
  upstreamRequestId: z.string().nullable(),
  startedAtMs: amount,
  firstByteMs: amount.nullable(),
  durationMs: amount,
}) satisfies z.ZodType<Booking>;
const line = z.object({ kind: z.enum(["opened", "closed"]), booking }) satisfies z.ZodType<JournalLine>;

/** Shape: one line of JSON, with its end. */
export const renderLine = (kind: JournalLine["kind"], of: Booking): string => `{"kind":"${kind}","booking":${JSON.stringify(of)}}\n`;

/** Undefined for what is no line, such as one that was being written when the process was killed. */
export function parseLine(text: string): JournalLine | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
