import { AppError } from "@freehold/kernel/errors";
import { BridgeError, errorTable, fault, type ErrorCode } from "../errors.ts";

export interface ErrorAnswer {
  code: ErrorCode | "internal.unexpected";
  status: number;
  headers: Record<string, string>;
  body: { type: "error"; error: { type: string; message: string }; request_id: string };
}

/**
 * Any error as callers of Anthropic's API know them; what is not ours stays inside.
 * Source: platform.claude.com, "API errors"; how Claude Code reacts to each was measured (2026-11).
 */
export function toErrorAnswer(thrown: unknown, requestId: string): ErrorAnswer {
  const error = known(thrown);
  if (error === undefined)
    return answer(
      "internal.unexpected",
      { status: 500, type: "api_error", message: "Something failed inside the bridge; its log has the request id." },
      {},
      requestId,
    );
  const code = error.code as ErrorCode;
  const { status, type, retryable } = errorTable[code];
  const headers = {
    ...error.headers,
    ...(error.retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(error.retryAfterMs / 1_000)) }),
    ...(retryable || status === 400 || status === 413 ? {} : { "x-should-retry": "false" }),
  };
  return answer(code, { status, type: type ?? "api_error", message: error.message }, headers, requestId);
}

function answer(
  code: ErrorAnswer["code"],
  { status, type, message }: { status: number; type: string; message: string },
  headers: Record<string, string>,
  requestId: string,
): ErrorAnswer {
  return { code, status, headers, body: { type: "error", error: { type, message }, request_id: requestId } };
}

/** Our own errors, and express's complaints about a request. */
function known(thrown: unknown): BridgeError | undefined {
  if (thrown instanceof BridgeError) return thrown;
  if (thrown instanceof AppError) return undefined;
  const { status } = (thrown ?? {}) as { status?: number };
  return status !== undefined && status >= 400 && status < 500 ? fault("request.invalid", "The request is malformed.") : undefined;
}

export const renderErrorEvent = ({ body }: ErrorAnswer): string => `event: error\ndata: ${JSON.stringify(body)}\n\n`;
