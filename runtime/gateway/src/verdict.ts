import type { IncomingHttpHeaders } from "node:http";
import { systemCodeOf } from "@freehold/kernel/errors";
import { exhaustedUntil, retryAfterOf } from "./asked-wait.ts";
import type { FaultScope } from "./circuit-board.ts";
import { faultKinds, type FaultKind } from "./circuit.ts";

/** What a failed attempt means for the call and for the provider's circuits. */
export interface Verdict {
  /**
   * `caller`: the request is at fault, and every provider would say so. `unable`: this provider does not offer it; another one may. `betas`: it would take the
   * request without some beta values. All others are the provider's faults.
   */
  kind: FaultKind | "caller" | "unable" | "betas";
  scope: FaultScope;
  /** Units: milliseconds. */
  waitMs: number | undefined;
  isHard: boolean;
  /** It took all the time there was: another key of this provider is not worth as much again. */
  isSlow: boolean;
}

/** Whether the provider is to blame, so that its circuit opens. */
export const isFault = (kind: Verdict["kind"]): kind is FaultKind => (faultKinds as readonly string[]).includes(kind);

/** An answer with a status that is no success; an `error` event is given the status of its type. */
export interface BadAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of Anthropic's error shape, as far as it has it. */
  type?: string | undefined;
  code?: string | undefined;
  message?: string | undefined;
}

/** A credential or an account that was refused is tried again after this time, in case its owner has mended it. Units: milliseconds. */
const credentialWaitMs = 60_000;
const accountWaitMs = 600_000;

const verdict = (kind: Verdict["kind"], scope: FaultScope, more: Partial<Pick<Verdict, "waitMs" | "isHard" | "isSlow">> = {}): Verdict => ({
  kind,
  scope,
  waitMs: undefined,
  isHard: false,
  isSlow: false,
  ...more,
});

/** Judges an answer. Source: platform.claude.com, API errors, 2026-11; the texts at 400 are Anthropic's. Units: `now` in milliseconds since 1970. */
export function judgeAnswer(answer: BadAnswer, isTranslating: boolean, now: number): Verdict {
  const { status, type, code, message = "", headers } = answer;
  const askedMs = retryAfterOf(headers, now);
  if (status === 401) return verdict("credential", "key", { waitMs: askedMs ?? credentialWaitMs, isHard: true });
  if (status === 402 || type === "billing_error" || isAccount(status, code, message))
    return verdict("billing", "key", { waitMs: askedMs ?? accountWaitMs, isHard: true });
  if (status === 403) return verdict("credential", "model", { waitMs: askedMs ?? credentialWaitMs, isHard: true });
  if (status === 404 || status === 405 || status === 501) return verdict("unable", "model");
  if (status === 429) return judgeLimit(headers, askedMs, now);
  if (status === 408 || status >= 500 || status < 400) return verdict("down", "model", { waitMs: askedMs, isHard: askedMs !== undefined });
  if (status === 400 && namedBetas(message).length > 0) return verdict("betas", "model");
  if (type === "overloaded_error") return verdict("down", "model", { waitMs: askedMs, isHard: askedMs !== undefined });
  return verdict(isTranslating && (status === 400 || status === 413) ? "unable" : "caller", "model");
}

/** A limit says until when it holds; one that does not is asked again as if it were down. */
function judgeLimit(headers: IncomingHttpHeaders, askedMs: number | undefined, now: number): Verdict {
  const waitMs = askedMs ?? exhaustedUntil(headers, now);
  return verdict("busy", "model", { waitMs, isHard: waitMs !== undefined });
}

/** Not a limit of a minute, but money: waiting for it is for the owner. */
const isAccount = (status: number, code: string | undefined, message: string): boolean =>
  code === "enforced_spend_limit_reached" || (status === 400 && /credit balance is too low/i.test(message));

const ofConnection = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Judges a fault of the connection; an address or headers that can't be sent are the caller's. */
export function judgeFault(fault: unknown): Verdict {
  const code = systemCodeOf(fault) ?? "";
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") return verdict("caller", "model");
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") return slow;
  if (code === "FREEHOLD_CREDENTIAL_REFUSED") return verdict("credential", "key", { waitMs: credentialWaitMs, isHard: true });
  return verdict("down", ofConnection.has(code) ? "provider" : "model");
}

/** An answer that can't be understood, or broke off. */
export const broken: Verdict = verdict("down", "model");

export const slow: Verdict = verdict("down", "model", { isSlow: true });

/** A request that can't be put into the provider's words. */
export const unable: Verdict = verdict("unable", "model");

/** The beta values that a 400 names as unexpected. Source: the wording of Anthropic's API, as in anthropics/claude-code issues 46105 and 53855. */
export function namedBetas(message: string): string[] {
  const named = /unexpected value\(s\) (.{1,2000}?) for the `?anthropic-beta`? header/i.exec(message)?.[1] ?? "";
  return [...named.matchAll(/[`'"]?([\w.-]{1,100})[`'"]?/g)].map((match) => match[1] as string);
}
