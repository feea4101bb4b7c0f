interface AnthropicError {
  type: string;
  message: string;
  /** The gateway's own, such as `key.expired`. */
  code: string | undefined;
}

export interface OpenAiError {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/**
 * Anthropic's error types as OpenAI's types and codes, which clients match. Codes without a counterpart are the gateway's own or none.
 * Source: platform.openai.com, error codes; the errors that OpenAI's API gave in 2026.
 */
const rows: Readonly<Record<string, { type: string; code: string | null }>> = {
  invalid_request_error: { type: "invalid_request_error", code: null },
  authentication_error: { type: "invalid_request_error", code: "invalid_api_key" },
  billing_error: { type: "insufficient_quota", code: "insufficient_quota" },
  permission_error: { type: "invalid_request_error", code: "permission_denied" },
  not_found_error: { type: "invalid_request_error", code: null },
  request_too_large: { type: "invalid_request_error", code: "request_too_large" },
  rate_limit_error: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  not_supported: { type: "invalid_request_error", code: "not_supported" },
  timeout_error: { type: "server_error", code: "timeout" },
  overloaded_error: { type: "server_error", code: "overloaded" },
};
const standard = { type: "server_error", code: null };

export function renderOpenAiError({ type, message, code: ours }: AnthropicError): OpenAiError {
  const row = Object.hasOwn(rows, type) ? (rows[type] ?? standard) : standard;
  const param = ours === "request.invalid" || ours === "request.untranslatable" ? (/^([\w.]+): /.exec(message)?.[1] ?? null) : null;
  return { error: { message, type: row.type, param, code: codeOf(type, message, ours) ?? row.code } };
}

function codeOf(type: string, message: string, ours: string | undefined): string | undefined {
  if (type === "invalid_request_error" && /prompt is too long|input is too long|context window/i.test(message)) return "context_length_exceeded";
  if (type === "not_found_error" && /model/i.test(message)) return "model_not_found";
  if (ours === "request.untranslatable") return "unsupported_parameter";
  if (ours === "request.invalid") return "invalid_value";
  return ours === undefined || type === "authentication_error" || type === "billing_error" || type === "rate_limit_error" ? undefined : ours;
}

/** Clients of OpenAI's API don't know Anthropic's 529. */
export const toOpenAiStatus = (status: number): number => (status === 529 ? 503 : status);
