import { AppError, type ErrorDetails } from "@freehold/kernel/errors";

/** Every error this service makes by itself: HTTP status, whether the same request may succeed later, and what it means. */
export const errorCodes = {
  "backup.bucket-away": { status: 503, retryable: true, meaning: "The bucket did not answer." },
  "backup.bucket-refused": { status: 502, retryable: false, meaning: "The bucket answered, and refused this service's credential." },
  "backup.wrong-key": { status: 500, retryable: false, meaning: "The repository in the bucket was made with another key." },
  "backup.repository-missing": { status: 500, retryable: false, meaning: "The bucket holds no repository at this path." },
  "backup.repository-broken": { status: 500, retryable: false, meaning: "The repository has keys but no config." },
  "backup.repository-spoilt": { status: 500, retryable: false, meaning: "A check found data in the repository that is missing or spoilt." },
  "backup.repository-locked": { status: 503, retryable: true, meaning: "Another machine works in the same repository." },
  "backup.busy": { status: 409, retryable: true, meaning: "Another process of this home is making or restoring a backup." },
  "backup.no-snapshot": { status: 404, retryable: false, meaning: "The bucket holds no snapshot yet." },
  "backup.unknown-snapshot": { status: 404, retryable: false, meaning: "No snapshot has this id, or several begin with it." },
  "backup.bad-snapshot": { status: 500, retryable: false, meaning: "A snapshot is not one of ours, is incomplete, or is newer than this release." },
  "backup.bad-target": { status: 400, retryable: false, meaning: "No restore to this moment is possible." },
  "backup.no-archive": { status: 409, retryable: false, meaning: "PostgreSQL runs without an archive." },
  "backup.archive-broken": { status: 500, retryable: false, meaning: "Something that a recovery needs is missing from the archive, or damaged." },
  "backup.archive-stalled": { status: 503, retryable: true, meaning: "What was committed did not reach the archive in time." },
  "backup.database-away": { status: 503, retryable: true, meaning: "PostgreSQL did not answer." },
  "backup.database-failed": { status: 500, retryable: false, meaning: "A database could not be dumped, created or restored." },
  "backup.disk-full": { status: 507, retryable: true, meaning: "The jobs volume has no room for the dump or the restored files." },
  "backup.stopped": { status: 503, retryable: true, meaning: "The service was stopped in the middle." },
  "backup.overdue": { status: 504, retryable: true, meaning: "A step took longer than it may." },
  "backup.not-prepared": { status: 503, retryable: true, meaning: "The home is still being prepared." },
  "backup.manager-away": { status: 503, retryable: true, meaning: "The manager, which holds tenants still and takes restored homes, did not answer." },
  "backup.manager-refused": { status: 502, retryable: false, meaning: "The manager answered, and refused." },
  "backup.tenants-missed": { status: 500, retryable: true, meaning: "A snapshot was made without the homes of some tenants." },
  "backup.unknown-tenant": { status: 404, retryable: false, meaning: "No tenant has this id, or no snapshot holds it." },
  "backup.unknown-restore": { status: 404, retryable: false, meaning: "No restore has this id." },
  "backup.unknown-target": { status: 404, retryable: false, meaning: "The settings name no such target." },
  "backup.over-budget": { status: 429, retryable: false, meaning: "What the target gives for nothing in this month is used up." },
  "backup.no-tenants": { status: 409, retryable: false, meaning: "This home has no tenants: MANAGER_URL is not set." },
  "backup.tool-failed": { status: 500, retryable: false, meaning: "restic, PostgreSQL's tools or another program failed in a way not known here." },
} as const;

export type ErrorCode = keyof typeof errorCodes;

export function backupError(code: ErrorCode, message: string, more: Pick<ErrorDetails, "cause" | "details"> = {}): AppError {
  const { status, retryable } = errorCodes[code];
  return new AppError(code, message, { status, retryable, ...more });
}

export const hasCode = (thrown: unknown, code: ErrorCode): boolean => thrown instanceof AppError && thrown.code === code;
