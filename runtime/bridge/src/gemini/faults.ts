import { fault, type BridgeError, type ErrorCode } from "../errors.ts";
import { readError } from "./answer-schema.ts";
import { readQuota, type Quota } from "./quota.ts";
import { redact } from "./redaction.ts";
import type { GoogleError } from "./types.ts";

/** An answer of Google's that is an error, or an error in the midst of a stream. */
export interface GoogleFailure {
  status: number;
  error: GoogleError;
  /** The Gemini model that was asked. */
  model: string;
  now: number;
}

/** Names which quota is used up, when it begins anew, and of which model, for whoever chooses between providers. */
const quotaHeader = "x-freehold-quota";
const quotaResetHeader = "x-freehold-quota-reset";

/** Google's body, be it one error, a list of one, or no JSON at all. */
export function parseGoogleError(text: string): GoogleError {
  try {
    const parsed = JSON.parse(text) as unknown;
    const first = (Array.isArray(parsed) ? parsed[0] : parsed) as { error?: unknown } | null | undefined;
    return readError(first?.error);
  } catch {
    return {};
  }
}

/**
 * What an error of Google's means for the caller. Texts of Google's go through only with a 400, whose words a client may need;
 * for all else our own sentence stands, since theirs name projects and accounts.
 */
export function toFault(failure: GoogleFailure): BridgeError {
  const { status, error } = failure;
  const reasons = (error.details ?? []).map((detail) => detail.reason);
  if (reasons.some((reason) => reason?.startsWith("API_KEY_")) || status === 401 || status === 403) return credentialRefused();
  switch (status) {
    case 400:
      return toBadRequest(error, failure);
    case 404:
      return modelOff(failure.model, "Google doesn't offer it to this project");
    case 413:
      return tooLarge();
    case 429:
      return toQuotaFault(readQuota(error, failure.now), failure);
    case 503:
      return fault("upstream.busy", "Gemini is overloaded right now. Ask again in a few seconds.", { retryAfterMs: 5_000 });
    case 408:
    case 504:
      return fault("upstream.timeout", "Gemini took too long to answer. Ask again, or send less.");
    default:
      return fault("upstream.failed", `Gemini failed (HTTP ${status}). Ask again.`);
  }
}

const credentialRefused = () =>
  fault("credential.refused", "Google refused the bridge's credential. Its owner must put in another API key, or sign in again; asking again won't help.");

const modelOff = (model: string, why: string, headers: Record<string, string> = {}) =>
  fault("model.off", `model: ${model} can't be used: ${why}. Point its name at another model (MODEL_MAP).`, { headers });

const tooLarge = () => fault("request.too-large", "Request exceeds the maximum size that Gemini takes. Send less, or fewer and smaller images.");

function toBadRequest({ status, message = "" }: GoogleError, { model }: GoogleFailure): BridgeError {
  const tokens = /input token count \(?(\d+)\)? exceeds the maximum number of tokens allowed \(?(\d+)\)?/i.exec(message);
  // Anthropic's own words, which make clients shorten the conversation by themselves.
  if (tokens !== null) return fault("request.prompt-too-long", `prompt is too long: ${tokens[1]} tokens > ${tokens[2]} maximum`);
  if (/payload size exceeds the limit/i.test(message)) return tooLarge();
  if (status === "FAILED_PRECONDITION")
    return fault("project.refused", "Google refuses this project: its region is not served, or billing must be set up. Asking again won't help.");
  return fault("request.refused", `Gemini (${model}) refused the request: ${message === "" ? "it gave no reason" : redact(message)}`);
}

const quotaCodes = { minute: "quota.minute", day: "quota.day", spend: "quota.spend", unknown: "quota.unknown" } as const satisfies Record<string, ErrorCode>;

function toQuotaFault({ kind, waitMs }: Quota, { model, now }: GoogleFailure): BridgeError {
  const reset = waitMs === undefined ? undefined : new Date(now + waitMs).toISOString();
  const headers = { [quotaHeader]: kind, ...(reset === undefined ? {} : { [quotaResetHeader]: reset }) };
  if (kind === "model-off") return modelOff(model, "the project's tier has no quota for it", headers);
  const sentences = {
    minute: `The minute's quota of ${model} is used up. Ask again after the wait.`,
    day: `The day's quota of ${model} is used up until ${reset}. Use another model or another provider until then.`,
    spend: "The project's spending limit at Google is reached. Its owner must raise it; asking again won't help.",
    unknown: `Gemini takes no more requests for ${model} right now. Ask again after the wait.`,
  };
  return fault(quotaCodes[kind], sentences[kind], { headers, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) });
}
