import { hash } from "node:crypto";
import type { KeyRules } from "./key-rules.ts";

/** A virtual key as the gateway knows it; the key itself is shown once and not kept. Units: milliseconds since 1970. */
export interface VirtualKey {
  id: string;
  name: string;
  jobId: string | null;
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  /** For whom it is; usage and cached answers are told apart by it. */
  tenant?: string;
  /** Absent: it may use all and is not limited. */
  rules?: KeyRules;
  /** Until when this text of it is valid, for one that was replaced. */
  replacedUntilMs?: number;
}

/** Whose answers and prompts a key's are: its tenant's, else its own. */
export const scopeOf = ({ id, tenant }: VirtualKey): string => (tenant === undefined ? `key:${id}` : `tenant:${tenant}`);

const format = /^fh_[A-Za-z0-9_-]{43}$/;

/** Makes a key from 32 random bytes. */
export const renderKey = (random: Buffer): string => `fh_${random.toString("base64url")}`;

export const isKeyFormat = (text: string): boolean => format.test(text);

/** What is stored and looked up in place of a key. Shape: hexadecimal. */
export const hashKey = (key: string): string => hash("sha256", key, "hex");

/**
 * The key that a request presents. Both headers are in use: Claude Code sends a bearer token, the official SDKs `x-api-key`. A client that finds a key of the
 * provider's beside ours in its environment sends both.
 */
export function presentedKey(headers: { authorization?: string | undefined; "x-api-key"?: string | string[] | undefined }): string | undefined {
  const sent = headers["x-api-key"];
  const own = typeof sent === "string" && sent !== "" ? sent.trim() : undefined;
  if (own !== undefined && (own.startsWith("fh_") || headers.authorization === undefined)) return own;
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  return own === undefined || bearer?.startsWith("fh_") ? bearer : own;
}
