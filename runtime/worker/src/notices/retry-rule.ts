import { AppError, messageOf } from "@freehold/kernel/errors";
import type { DeliveryOutcome } from "./delivery-store.ts";

/** Units: milliseconds. */
export interface RetryTerms {
  /** Tries in all. */
  attempts: number;
  firstDelayMs: number;
}

const growth = 5;
const longestDelayMs = 6 * 3_600_000;

/** What follows a try that failed: another one later, or the end, with the cause. `random` is from 0 to 1. */
export function afterFailure(thrown: unknown, attempts: number, terms: RetryTerms, random: number): DeliveryOutcome {
  const error = messageOf(thrown);
  const final = thrown instanceof AppError && !thrown.retryable;
  if (final) return { state: "dead", error };
  if (attempts >= terms.attempts) return { state: "dead", error: `${error} Given up after ${attempts} tries.` };
  const delayMs = Math.min(longestDelayMs, terms.firstDelayMs * growth ** (attempts - 1)) * (0.8 + 0.4 * random);
  const askedMs = thrown instanceof AppError ? (thrown.retryAfterMs ?? 0) : 0;
  return { state: "retried", error, delayMs: Math.round(Math.max(delayMs, askedMs)) };
}

/** Receivers that mean it for good; a webhook's may be a mistake that somebody mends. */
const finalStatuses = { ntfy: [400, 401, 403, 404, 410, 413], slack: [400, 401, 403, 404, 410], webhook: [410] } as const;

/** Throws: AppError `notice.refused` for any answer that isn't a success. */
export function requireSuccess(kind: keyof typeof finalStatuses, answer: { statusCode: number; text: string; retryAfterMs: number | undefined }): void {
  const { statusCode, text, retryAfterMs } = answer;
  if (statusCode >= 200 && statusCode < 300) return;
  const redirect = statusCode >= 300 && statusCode < 400;
  const advice = redirect ? " Redirects are not followed; enter the address that it leads to." : "";
  throw new AppError("notice.refused", `The receiver answered ${statusCode}${text.trim() === "" ? "" : `: ${text.trim().slice(0, 200)}`}.${advice}`, {
    retryable: !redirect && !(finalStatuses[kind] as readonly number[]).includes(statusCode),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
