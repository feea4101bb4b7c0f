import { types } from "node:util";

/** What an error carries beside its code and message. */
export interface ErrorDetails {
  /** HTTP status to answer with; 500 unless given. */
  status?: number;
  /** Whether the same request may succeed later, unchanged. */
  retryable?: boolean;
  /** Units: milliseconds. How long to wait before trying again. */
  retryAfterMs?: number;
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error type that crosses a boundary: its message says what happened, to which value, and what to do.
 * `code` has the form `area.reason` and stands in the service's README.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: string, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "AppError";
    this.code = code;
    this.status = more.status ?? 500;
    this.retryable = more.retryable ?? false;
    this.retryAfterMs = more.retryAfterMs;
    this.details = more.details;
  }
}

/** Whether this is an error, also one of another realm: Jest runs tests in a realm of their own, where `instanceof` misses Node's errors. */
const isError = (thrown: unknown): thrown is Error => thrown instanceof Error || types.isNativeError(thrown);

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : String(thrown);
}

/** The system error code (`ENOENT`, `ECONNREFUSED` …) of anything that was thrown, also when it is wrapped in a cause. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!isError(thrown)) return undefined;
  const code = (thrown as NodeJS.ErrnoException).code;
  return typeof code === "string" ? code : systemCodeOf(thrown.cause);
}

/** Source: RFC 9457, Problem Details for HTTP APIs. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  requestId?: string;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
}

/** Renders an error for a caller; what is not an `AppError` stays inside and becomes a plain 500. */
export function toProblem(thrown: unknown, requestId?: string): Problem {
  const error = thrown instanceof AppError ? thrown : new AppError("internal.unexpected", "Something failed inside this service; its log has the request id.");
  return {
    type: "about:blank",
    title: error.code,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}
