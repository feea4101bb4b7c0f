import { AppError, type ErrorDetails } from "@freehold/kernel/errors";

/** Every error that the worker's API itself answers with; the README has the same table. */
export const errorTable = {
  "job.unknown": { status: 404, retryable: false },
  "job.idempotency-mismatch": { status: 409, retryable: false },
  "job.not-ended": { status: 409, retryable: false },
  "job.succeeded": { status: 409, retryable: false },
  "job.no-session": { status: 409, retryable: false },
  "queue.too-many-slots": { status: 400, retryable: false },
  "attempt.unknown": { status: 404, retryable: false },
  "file.unknown": { status: 404, retryable: false },
  "file.outside": { status: 403, retryable: false },
  "file.unreadable": { status: 403, retryable: false },
  "file.not-a-directory": { status: 400, retryable: false },
  "file.not-a-file": { status: 400, retryable: false },
  "file.bad-path": { status: 400, retryable: false },
  "file.exists": { status: 409, retryable: false },
  "file.undo-unknown": { status: 404, retryable: false },
  "file.too-large": { status: 413, retryable: false },
  "file.too-many": { status: 413, retryable: false },
  "file.no-space": { status: 507, retryable: false },
  "upload.unknown": { status: 400, retryable: false },
  "template.unknown": { status: 404, retryable: false },
  "template.name-taken": { status: 409, retryable: false },
  "credential.unknown": { status: 404, retryable: false },
  "credential.other-origin": { status: 400, retryable: false },
  "repository.none": { status: 404, retryable: false },
  "repository.not-ready": { status: 409, retryable: true },
  "repository.busy": { status: 409, retryable: true },
  "repository.broken": { status: 409, retryable: false },
  "schedule.unknown": { status: 404, retryable: false },
  "schedule.name-taken": { status: 409, retryable: false },
  "schedule.overlap": { status: 409, retryable: true },
  "schedule.file-refused": { status: 400, retryable: false },
  "approval.unknown": { status: 404, retryable: false },
  "approval.answered": { status: 409, retryable: false },
  "approval.bad-token": { status: 403, retryable: false },
  "channel.unknown": { status: 404, retryable: false },
  "channel.name-taken": { status: 409, retryable: false },
  "delivery.unknown": { status: 404, retryable: false },
  "database.away": { status: 503, retryable: true },
} as const satisfies Record<string, Pick<ErrorDetails, "status" | "retryable">>;

export type ErrorCode = keyof typeof errorTable;

export function fault(code: ErrorCode, message: string, cause?: unknown): AppError {
  const { status, retryable } = errorTable[code];
  return new AppError(code, message, { status, retryable, ...(retryable ? { retryAfterMs: 1_000 } : {}), ...(cause === undefined ? {} : { cause }) });
}
