import { isFields, textOf, type Fields } from "../wire/fields.ts";

/** Source: platform.claude.com, API errors. */
const typeOfStatus: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
};

export interface ProviderError {
  status: number;
  type: string;
  message: string;
}

/** An error of a service that speaks OpenAI's API; its text is kept, who may see it is decided later. */
export function readProviderError(status: number, body: Fields): ProviderError {
  const error = isFields(body["error"]) ? body["error"] : body;
  const message = textOf(error["message"]) || textOf(body["error"]) || textOf(body["detail"]) || `status ${status}`;
  const code = `${textOf(error["code"])} ${textOf(error["type"])}`;
  // The account is out of money: waiting cures nothing, unlike at a rate limit.
  if (status === 429 && /insufficient_quota|billing/.test(code)) return { status, type: "billing_error", message };
  if (status === 400 || status === 422) return { status: 400, type: "invalid_request_error", message: toAnthropicWords(message, code) };
  return { status, type: typeOfStatus[status] ?? (status < 500 ? "invalid_request_error" : "api_error"), message };
}

/** Clients make room in the conversation when they read Anthropic's words for one that is too long. */
function toAnthropicWords(message: string, code: string): string {
  if (!/context_length_exceeded/.test(code) && !/maximum context length|context window|context length|too many tokens/i.test(message)) return message;
  const numbers = [...message.matchAll(/(\d[\d,]{2,})\s*(?:input )?tokens/gi)].map((found) => Number((found[1] ?? "").replaceAll(",", "")));
  const most = Math.min(...numbers);
  const asked = Math.max(...numbers);
  return numbers.length < 2 || most === asked ? `prompt is too long: ${message}` : `prompt is too long: ${asked} tokens > ${most} maximum`;
}

/** Shape: Anthropic's. */
export const renderError = ({ type, message }: ProviderError): Buffer => Buffer.from(JSON.stringify({ type: "error", error: { type, message } }));

/** OpenRouter answers some failures with status 200; undefined for an answer. */
export function errorInside(body: Fields): ProviderError | undefined {
  if (!isFields(body["error"])) return undefined;
  const { code } = body["error"];
  return readProviderError(typeof code === "number" && code >= 400 && code < 600 ? code : 502, body);
}
