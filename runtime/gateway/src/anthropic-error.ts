import { errorTable, type Refusal } from "./errors.ts";
import { parseObject } from "./usage.ts";

/** An answer that is ready to be sent whole. */
export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Source: platform.claude.com, API errors, 2026-11; 501 from code.claude.com, LLM gateway protocol. */
const typeOfStatus: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  501: "not_supported",
  504: "timeout_error",
  529: "overloaded_error",
};

/** Renders an error of the gateway's own. Shape: Anthropic's, with our code in `error.details.error_code`. */
export function renderRefusal({ code, message, retryAfterSeconds, headers }: Refusal, requestId: string): WholeAnswer {
  const { status, type, ...more }: { status: number; type: string; retryAfterSeconds?: number; shouldRetry?: false } = errorTable[code];
  const waitSeconds = retryAfterSeconds ?? more.retryAfterSeconds;
  return {
    status,
    headers: {
      "content-type": "application/json",
      "request-id": requestId,
      ...(more.shouldRetry === false ? { "x-should-retry": "false" } : {}),
      ...(waitSeconds === undefined ? {} : { "retry-after": String(waitSeconds) }),
      ...headers,
    },
    body: JSON.stringify({ type: "error", error: { type, message, details: { error_code: code } }, request_id: requestId }),
  };
}

/** The event that ends a stream which can't be completed; Claude Code then repeats the request at once. */
export function renderErrorEvent({ code, message }: Refusal): string {
  return `event: error\ndata: ${JSON.stringify({ type: "error", error: { type: errorTable[code].type, message, details: { error_code: code } } })}\n\n`;
}

const statusOfType: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(typeOfStatus).map(([status, type]) => [type, Number(status)])),
  api_error: 500,
};

/** An `error` event as the answer that it would have been before the stream. */
export function upstreamErrorOf({ type, message }: { type: string; message: string }): { status: number; body: Buffer } {
  return { status: statusOfType[type] ?? 500, body: Buffer.from(JSON.stringify({ type: "error", error: { type, message } })) };
}

/** What an error of Anthropic's shape says, as far as it has that shape. */
export function readError(body: Buffer): { type?: string; message?: string; code?: string } {
  const { type, error } = (parseObject(body.toString("utf8")) ?? {}) as { type?: unknown; error?: Record<string, unknown> | null };
  if (type !== "error" || typeof error?.["type"] !== "string" || !/^[a-z_]{1,60}$/.test(error["type"])) return {};
  const message = error["message"];
  const code = (error["details"] as { error_code?: unknown } | null | undefined)?.error_code;
  return { type: error["type"], ...(typeof message === "string" ? { message } : {}), ...(typeof code === "string" ? { code } : {}) };
}

/** What a provider answered with a status of 400 or more. */
export interface ProviderError {
  status: number;
  body: Buffer;
  model: string | undefined;
  requestId: string;
  /** Whether a 529 and an `overloaded_error` stay what they are. */
  passOverloaded: boolean;
}

/**
 * The error to relay: status and type stay, but for overload, after three of which Claude Code gives a job up whatever `retry-after` says. The text stays only
 * at 400 and 413, whose wording clients match to repair their request; elsewhere it can name the owner's account, so it is written anew.
 */
export function relayedError(
  { label }: { label: string },
  { status, body, model, requestId, passOverloaded }: ProviderError,
): { status: number; body: string } {
  const told = readError(body);
  if ((status === 400 || status === 413) && told.type !== undefined) return { status, body: body.toString("utf8") };
  const type = told.type ?? typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
  const message = `${label} answered ${status} (${type}). ${hint(status, model)}`;
  const isSoftened = !passOverloaded && (status === 529 || type === "overloaded_error");
  const error = { type: isSoftened ? "api_error" : type, message };
  return { status: isSoftened ? 503 : status, body: JSON.stringify({ type: "error", error, request_id: requestId }) };
}

function hint(status: number, model: string | undefined): string {
  if (status === 401 || status === 403) return "It refused the home's own key; the owner of the home must renew it (`freehold key set`).";
  if (status === 402) return "The home's account there has a billing problem that its owner must mend.";
  if (status === 404) return `It does not offer ${model === undefined ? "this" : `the model ${model}, or this route`}; ask for another model.`;
  if (status === 429) return "The home's account there is at its limit; try again when the time in retry-after is over.";
  return status >= 500 ? "It has trouble of its own; try again." : "Change the request.";
}
