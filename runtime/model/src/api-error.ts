import { label } from "./label.ts";

/** Source: platform.claude.com, API errors, 2026-11; 501 from code.claude.com, LLM gateway protocol. */
export const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  501: "not_supported",
  504: "timeout_error",
  529: "overloaded_error",
};

export const errorTypeOf = (status: number): string => errorTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error");

/** An error that the caller sees in Anthropic's shape. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = errorTypeOf(status);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Shape: `{"type":"error","error":{"type","message"},"request_id"}`. */
export function errorBody(error: ApiError, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type: error.type, message: `${error.message} ${label}` }, request_id: requestId });
}
