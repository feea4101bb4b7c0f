import { errorTable, type Refusal } from "./errors.ts";
import type { Provider } from "./provider.ts";

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

/** What a provider answered with a status of 400 or more. */
export interface ProviderError {
  status: number;
  body: Buffer;
  model: string | undefined;
  requestId: string;
}

/**
 * The body to relay for a provider's error: status and type stay. The text stays only at 400 and 413, whose wording clients match to repair
 * their request; elsewhere it can name the owner's account, so it is written anew. `shouldRetry` is false where waiting can't help.
 */
export function relayedError(provider: Provider, { status, body, model, requestId }: ProviderError): { body: string; shouldRetry: boolean } {
  const shouldRetry = ![401, 402, 403].includes(status);
  const told = readError(body);
  if ((status === 400 || status === 413) && told !== undefined) return { body: body.toString("utf8"), shouldRetry };
  const type = told?.type ?? typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
  const message = `${provider.label} answered ${status} (${type}). ${hint(status, model)}`;
  return { body: JSON.stringify({ type: "error", error: { type, message }, request_id: requestId }), shouldRetry };
}

function readError(body: Buffer): { type: string } | undefined {
  try {
    const { type, error } = JSON.parse(body.toString("utf8")) as { type?: unknown; error?: { type?: unknown } };
    return type === "error" && typeof error?.type === "string" && /^[a-z_]{1,60}$/.test(error.type) ? { type: error.type } : undefined;
  } catch {
    return undefined;
  }
}

function hint(status: number, model: string | undefined): string {
  if (status === 401 || status === 403) return "It refused the home's own key; the owner of the home must renew it (`freehold key set`).";
  if (status === 402) return "The home's account there has a billing problem that its owner must mend.";
  if (status === 404) return `It does not offer ${model === undefined ? "this" : `the model ${model}, or this route`}; ask for another model.`;
  if (status === 429) return "The home's account there is at its limit; try again when the time in retry-after is over.";
  return status >= 500 ? "It has trouble of its own; try again." : "Change the request.";
}
