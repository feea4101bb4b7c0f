import type { GoogleError, GoogleErrorDetail } from "../gemini/types.ts";

const statusNames: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** How Google's servers say no. Source: google.rpc.Status; bodies as users recorded them (2025-09 to 2026-10). */
export class GoogleRefusal extends Error {
  override readonly name = "GoogleRefusal";
  readonly status: number;
  readonly body: { error: GoogleError };

  constructor(status: number, message: string, details: GoogleErrorDetail[] = [], statusName = statusNames[status] ?? "UNKNOWN") {
    super(message);
    this.status = status;
    this.body = { error: { code: status, message, status: statusName, ...(details.length === 0 ? {} : { details }) } };
  }
}

export const invalidArgument = (message: string): GoogleRefusal => new GoogleRefusal(400, message);

const errorInfo = (reason: string): GoogleErrorDetail => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason });

export const badKey = (): GoogleRefusal => new GoogleRefusal(400, "API key not valid. Please pass a valid API key.", [errorInfo("API_KEY_INVALID")]);

export const noCredential = (): GoogleRefusal =>
  new GoogleRefusal(
    403,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity.",
  );

export const badToken = (): GoogleRefusal =>
  new GoogleRefusal(
    401,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    [errorInfo("ACCESS_TOKEN_EXPIRED")],
  );

export const noProject = (): GoogleRefusal =>
  new GoogleRefusal(
    403,
    "Your application is authenticating by using local Application Default Credentials. The API requires a quota project, which is not set by default.",
    [errorInfo("SERVICE_DISABLED")],
  );

interface Exhausted {
  /** Shape: of Google's list, such as `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. */
  quotaIds: readonly string[];
  limit: string;
  model: string;
  /** Shape: `46s`. */
  retryDelay: string;
}

/** A 429 as the free tier answers it: the violated quotas, a delay, and both again in the text. */
export function quotaExhausted({ quotaIds, limit, model, retryDelay }: Exhausted): GoogleRefusal {
  const quotaMetric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
  const lines = quotaIds.map(() => `* Quota exceeded for metric: ${quotaMetric}, limit: ${limit}, model: ${model}`);
  const message = `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n${lines.join("\n")}\nPlease retry in ${retryDelay}.`;
  const violations = quotaIds.map((quotaId) => ({ quotaMetric, quotaId, quotaDimensions: { location: "global", model }, quotaValue: limit }));
  return new GoogleRefusal(429, message, [
    { "@type": "type.googleapis.com/google.rpc.Help" },
    { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
  ]);
}
