import { createHmac, timingSafeEqual } from "node:crypto";

export const decisions = ["allow", "deny"] as const;
export type Decision = (typeof decisions)[number];

/** What a token lets its holder do: give this one answer to this one approval, which takes one answer only. */
export interface AnswerClaim {
  approvalId: string;
  decision: Decision;
  /** Whose notice carried it; stands as the one who answered. */
  via: string;
  /** Units: milliseconds since 1970. */
  expiresAtMs: number;
}

/** Shape: two parts in base64url, claim and HMAC-SHA256. The same for the same claim, so that a notice that is sent again stays the same. */
export function signAnswer(key: Uint8Array, { approvalId, decision, via, expiresAtMs }: AnswerClaim): string {
  const claim = Buffer.from(JSON.stringify([approvalId, decision, via, expiresAtMs])).toString("base64url");
  return `${claim}.${mac(key, claim).toString("base64url")}`;
}

/** Undefined for whatever was not signed with the key, or is too old. */
export function readAnswer(key: Uint8Array, token: string, nowMs: number): AnswerClaim | undefined {
  const [claim = "", given = ""] = token.split(".");
  const expected = mac(key, claim);
  const presented = Buffer.from(given, "base64url");
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) return undefined;
  const [approvalId, decision, via, expiresAtMs] = JSON.parse(Buffer.from(claim, "base64url").toString()) as [string, Decision, string, number];
  return nowMs > expiresAtMs ? undefined : { approvalId, decision, via, expiresAtMs };
}

const mac = (key: Uint8Array, claim: string) => createHmac("sha256", key).update(`freehold approval ${claim}`).digest();
