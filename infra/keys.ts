import { hkdfSync } from "node:crypto";

/**
 * Derives one secret of a home from its key, so that a home has a single thing to keep and every password follows from it.
 * The purpose separates them: knowing one tells nothing about another.
 * Shape: 43 characters of base64url (32 bytes). Source: RFC 5869 (HKDF), SHA-256.
 */
export function deriveSecret(key: string, purpose: string): string {
  return Buffer.from(hkdfSync("sha256", key, "freehold", purpose, 32)).toString("base64url");
}

const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** The owner's first password: five groups of four letters and digits that can't be confused, about 98 bits. */
export function deriveOwnerPassword(key: string): string {
  const bytes = [...new Uint8Array(hkdfSync("sha256", key, "freehold", "owner-password", 20))];
  const text = bytes.map((byte) => letters[byte % letters.length]).join("");
  return text.match(/.{4}/g)?.join("-") ?? text;
}
