import type { JobState } from "@freehold/kernel/api/job-state";
import type { Clock } from "@freehold/kernel/clock";
import { isConflict, isDatabaseAway } from "@freehold/kernel/database-errors";
import { AppError, systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import { retry } from "@freehold/kernel/retry";
import type { Changes } from "../changes.ts";
import type { Gateway } from "../clients/gateway.ts";
import type { Manager } from "../clients/manager.ts";
import type { Queue } from "../queue.ts";
import type { Repositories } from "../repositories/repositories.ts";
import type { Lease } from "../store/leases.ts";

/** Units: milliseconds, bytes. */
export interface RunLimits {
  stallMs: number;
  exitGraceMs: number;
  stopGraceMs: number;
  startTimeoutMs: number;
  logLimitBytes: number;
  retryDelayMs: number;
  limitWaitMs: number;
  approvalTimeoutMs: number;
  leaseMs: number;
}

export interface RunParts {
  pool: Pool;
  queue: Queue;
  manager: Manager;
  gateway: Gateway;
  changes: Changes;
  clock: Clock;
  /** What durations are measured by, and the times of a run and its lease. */
  steady: Clock;
  log: Log;
  repositories: Pick<Repositories, "prepare">;
  jobsDir: string;
  worker: string;
  limits: RunLimits;
  /** Told of each attempt that was closed here, for the metrics. */
  onClosed: (attempt: string, job: JobState | null, seconds: number) => void;
}

/** One attempt in the hands of this worker. */
export interface Run {
  parts: RunParts;
  lease: Lease;
  log: Log;
  /** Aborted when the lease was lost or the worker stops; the container runs on. */
  signal: AbortSignal;
  cancelRequested: boolean;
  /** Its silence is that of its owner then, as far as is known since the last renewal. */
  waitsForApproval: boolean;
  /** The attempt's virtual key, once this worker had it made: a repeated start is the same start, word for word. */
  key?: { id: string; secret: string; budgetUsd: number | null };
  /** Until when, by the steady clock, nobody else can have the lease. */
  heldUntilMs: number;
  /** Removes containers that no running attempt owns. */
  reap: () => Promise<void>;
}

const diskCodes = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);

/** Whether waiting may cure it: a service away, a full disk; not a mistake of ours. */
export function mayPass(thrown: unknown): boolean {
  if (thrown instanceof AppError) return thrown.retryable;
  return isDatabaseAway(thrown) || isConflict(thrown) || diskCodes.has(systemCodeOf(thrown) ?? "");
}

/** Repeats an action until it succeeds or the run is taken from this worker. */
export function insist<T>(run: Pick<Run, "signal" | "log">, step: string, action: () => Promise<T>): Promise<T> {
  return retry(action, {
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: 100,
    maxDelayMs: 5_000,
    signal: run.signal,
    retryable: mayPass,
    onRetry: (error, attempt) => run.log.warn("attempt.step-retried", { step, attempt, error }),
  });
}
