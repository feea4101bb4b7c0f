import { AppError, type ErrorDetails } from "@freehold/kernel/errors";

/** Every error that the manager itself answers with; the README has the same table. */
export const errorTable = {
  "container.unknown": { status: 404, retryable: false },
  "container.foreign": { status: 409, retryable: false },
  "container.conflict": { status: 409, retryable: false },
  "container.job-busy": { status: 409, retryable: true },
  "container.slot-busy": { status: 409, retryable: true },
  "container.no-such-slot": { status: 400, retryable: false },
  "container.folder-missing": { status: 409, retryable: false },
  "container.refused": { status: 400, retryable: false },
  "container.not-started": { status: 409, retryable: true },
  "task.no-network": { status: 400, retryable: false },
  "task.timeout": { status: 504, retryable: false },
  "tenant.bad-id": { status: 400, retryable: false },
  "tenant.foreign": { status: 409, retryable: false },
  "tenant.running": { status: 409, retryable: true },
  "tenant.not-running": { status: 409, retryable: true },
  "tenant.folder-missing": { status: 409, retryable: false },
  "tenant.home-damaged": { status: 409, retryable: false },
  "tenant.home-failed": { status: 503, retryable: true },
  "tenant.unknown": { status: 404, retryable: false },
  "tenant.exists": { status: 409, retryable: false },
  "tenant.removing": { status: 409, retryable: false },
  "tenant.not-removing": { status: 409, retryable: false },
  "tenant.too-large": { status: 400, retryable: false },
  "tenant.domain-taken": { status: 409, retryable: false },
  "tenant.no-subnet": { status: 409, retryable: false },
  "tenant.busy": { status: 409, retryable: true },
  "tenant.leased": { status: 409, retryable: true },
  "lease.over": { status: 409, retryable: false },
  "door.unknown": { status: 404, retryable: false },
  "gateway.away": { status: 502, retryable: true },
  "backup.away": { status: 502, retryable: true },
  "backup.refused": { status: 502, retryable: false },
  "backup.unknown-tenant": { status: 404, retryable: false },
  "backup.unknown-snapshot": { status: 404, retryable: false },
  "backup.busy": { status: 409, retryable: true },
  "backup.no-tenants": { status: 409, retryable: false },
  "backup.over-budget": { status: 429, retryable: false },
  "tenants.off": { status: 503, retryable: false },
  "manager.not-leading": { status: 503, retryable: true },
  "database.away": { status: 503, retryable: true },
  "docker.unavailable": { status: 503, retryable: true },
  "docker.image-missing": { status: 503, retryable: true },
  "docker.network-missing": { status: 503, retryable: true },
  "docker.volume-missing": { status: 503, retryable: true },
  "docker.runtime-missing": { status: 503, retryable: true },
  "docker.failed": { status: 503, retryable: true },
} as const satisfies Record<string, Pick<ErrorDetails, "status" | "retryable">>;

export type ErrorCode = keyof typeof errorTable;

export function fault(code: ErrorCode, message: string, cause?: unknown): AppError {
  const { status, retryable } = errorTable[code];
  return new AppError(code, message, { status, retryable, ...(retryable ? { retryAfterMs: 1_000 } : {}), ...(cause === undefined ? {} : { cause }) });
}
