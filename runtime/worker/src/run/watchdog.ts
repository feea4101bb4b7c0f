import type { StopReason } from "./outcome.ts";

/** Units: milliseconds since 1970 for times. */
export interface Observed {
  containerStartedAtMs: number;
  /** The last byte of output or growth of the transcript, whichever is newer. */
  lastActivityAtMs: number;
  lastOutputAtMs: number;
  hasResult: boolean;
}

/** Why a run must be ended now, or null. A run with its result is only ever ended for not going away. */
export function reasonToStop(observed: Observed, limits: { timeoutMs: number; stallMs: number; exitGraceMs: number }, nowMs: number): StopReason | null {
  if (observed.hasResult) return nowMs - observed.lastOutputAtMs > limits.exitGraceMs ? "result-but-alive" : null;
  if (nowMs - observed.containerStartedAtMs > limits.timeoutMs) return "timeout";
  return nowMs - observed.lastActivityAtMs > limits.stallMs ? "stalled" : null;
}
