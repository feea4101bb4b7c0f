/** Every error of the gateway's own on the model routes; the README has the same table. Types and statuses are Anthropic's. */
export const errorTable = {
  "key.missing": { status: 401, type: "authentication_error", shouldRetry: false },
  "key.unknown": { status: 401, type: "authentication_error", shouldRetry: false },
  "key.expired": { status: 401, type: "authentication_error", shouldRetry: false },
  "key.revoked": { status: 401, type: "authentication_error", shouldRetry: false },
  "key.unchecked": { status: 503, type: "api_error", retryAfterSeconds: 2 },
  "key.replaced": { status: 401, type: "authentication_error", shouldRetry: false },
  "scope.model": { status: 400, type: "invalid_request_error", shouldRetry: false },
  "scope.provider": { status: 403, type: "permission_error", shouldRetry: false },
  "limit.reached": { status: 429, type: "rate_limit_error" },
  "limit.day": { status: 429, type: "rate_limit_error", shouldRetry: false },
  "budget.reached": { status: 429, type: "billing_error", shouldRetry: false },
  "budget.unchecked": { status: 503, type: "api_error", retryAfterSeconds: 2 },
  "request.too-large": { status: 413, type: "request_too_large" },
  "request.malformed": { status: 400, type: "invalid_request_error" },
  "request.invalid": { status: 400, type: "invalid_request_error" },
  "request.untranslatable": { status: 400, type: "invalid_request_error" },
  "request.not-supported": { status: 501, type: "not_supported", shouldRetry: false },
  "request.no-route": { status: 404, type: "not_found_error" },
  "provider.unreachable": { status: 503, type: "api_error", retryAfterSeconds: 2 },
  "provider.timeout": { status: 504, type: "timeout_error", retryAfterSeconds: 2 },
  "provider.cut": { status: 503, type: "api_error", retryAfterSeconds: 1 },
  "provider.garbage": { status: 502, type: "api_error", retryAfterSeconds: 2 },
  "provider.busy": { status: 429, type: "rate_limit_error", retryAfterSeconds: 1 },
  "provider.down": { status: 503, type: "api_error", retryAfterSeconds: 1 },
  "provider.account": { status: 403, type: "permission_error", shouldRetry: false },
  "model.not-offered": { status: 404, type: "not_found_error", shouldRetry: false },
  "stream.lagging": { status: 503, type: "api_error", retryAfterSeconds: 1 },
  "gateway.stopping": { status: 503, type: "api_error", retryAfterSeconds: 1 },
  "gateway.defect": { status: 500, type: "api_error" },
} as const satisfies Record<string, { status: number; type: string; retryAfterSeconds?: number; shouldRetry?: false }>;

export type ErrorCode = keyof typeof errorTable;

/** An error of the gateway's own, to be told in Anthropic's shape. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  /** In place of the table's. Units: seconds. */
  retryAfterSeconds?: number;
  /** Further headers of the answer. */
  headers?: Readonly<Record<string, string>>;
}

export const refusal = (code: ErrorCode, message: string, more: Pick<Refusal, "retryAfterSeconds" | "headers"> = {}): Refusal => ({ code, message, ...more });

/** Ends all deliveries of a gateway that stops; their callers come back to the next one at once. */
export const stopping = (): Refusal => refusal("gateway.stopping", "The gateway is being restarted. Try again.");
