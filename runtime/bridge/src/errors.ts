import { AppError, type ErrorDetails } from "@freehold/kernel/errors";

/** Source: platform.claude.com, "API errors" (2026-11). */
export type AnthropicErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "api_error"
  | "timeout_error";

interface Row {
  status: number;
  /** How callers of /v1 see it; null where only the administration answers so. */
  type: AnthropicErrorType | null;
  /** False where waiting cures nothing; the client then gives up at once instead of asking for three minutes. */
  retryable: boolean;
}

/**
 * Every error that the bridge itself answers with; the README has the same table.
 * Never 529 and never `overloaded_error`: either ends a Claude Code job after three requests, whatever `retry-after` says.
 */
export const errorTable = {
  "request.invalid": { status: 400, type: "invalid_request_error", retryable: false },
  "request.untranslatable": { status: 400, type: "invalid_request_error", retryable: false },
  "request.prompt-too-long": { status: 400, type: "invalid_request_error", retryable: false },
  "request.too-large": { status: 413, type: "request_too_large", retryable: false },
  "request.refused": { status: 400, type: "invalid_request_error", retryable: false },
  "request.unauthorized": { status: 401, type: "authentication_error", retryable: false },
  "request.unknown-route": { status: 404, type: "not_found_error", retryable: false },
  "request.no-room": { status: 503, type: "api_error", retryable: true },
  "model.unknown": { status: 404, type: "not_found_error", retryable: false },
  "model.off": { status: 404, type: "not_found_error", retryable: false },
  "credential.missing": { status: 401, type: "authentication_error", retryable: false },
  "credential.refused": { status: 401, type: "authentication_error", retryable: false },
  "project.refused": { status: 403, type: "permission_error", retryable: false },
  "quota.minute": { status: 429, type: "rate_limit_error", retryable: true },
  "quota.day": { status: 429, type: "rate_limit_error", retryable: false },
  "quota.spend": { status: 402, type: "billing_error", retryable: false },
  "quota.unknown": { status: 429, type: "rate_limit_error", retryable: true },
  "upstream.busy": { status: 503, type: "api_error", retryable: true },
  "upstream.failed": { status: 502, type: "api_error", retryable: true },
  "upstream.unreachable": { status: 502, type: "api_error", retryable: true },
  "upstream.timeout": { status: 504, type: "timeout_error", retryable: true },
  "upstream.cut": { status: 502, type: "api_error", retryable: true },
  "upstream.bad-answer": { status: 502, type: "api_error", retryable: true },
  "oauth.not-configured": { status: 409, type: null, retryable: false },
  "oauth.not-started": { status: 409, type: null, retryable: false },
  "oauth.code-refused": { status: 400, type: null, retryable: false },
  "oauth.scope-missing": { status: 400, type: null, retryable: false },
  "oauth.google-unavailable": { status: 503, type: null, retryable: true },
  "store.unreadable": { status: 503, type: null, retryable: false },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof errorTable;

interface FaultDetails extends Pick<ErrorDetails, "retryAfterMs" | "cause"> {
  /** Further response headers that callers of /v1 get. */
  headers?: Record<string, string>;
}

/** An error of the bridge's own table. */
export class BridgeError extends AppError {
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, message: string, { headers = {}, ...more }: FaultDetails = {}) {
    const { status, retryable } = errorTable[code];
    super(code, message, { status, retryable, ...more });
    this.name = "BridgeError";
    this.headers = headers;
  }
}

export const fault = (code: ErrorCode, message: string, more: FaultDetails = {}): BridgeError => new BridgeError(code, message, more);
