import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Secret } from "@freehold/kernel/secret";

const algorithm = "aes-256-gcm";
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** The key that bodies are sealed with; nothing else is done with it. Source: RFC 5869. */
export const sealingKey = (secret: Secret): Buffer => Buffer.from(hkdfSync("sha256", secret.reveal(), "freehold-gateway", "request-bodies", 32));

/** To whom a body belongs; it can't be opened in another one's place. */
export interface SealedFor {
  requestId: string;
  keyId: string;
}

const contextOf = ({ requestId, keyId }: SealedFor): Buffer => Buffer.from(JSON.stringify([version, requestId, keyId]));

/** Encrypts and signs. Shape: version, nonce, tag, ciphertext. Source: NIST SP 800-38D. */
export function seal(plain: Buffer, key: Buffer, { nonce, ...owner }: SealedFor & { nonce: Buffer }): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(contextOf(owner));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), sealed]);
}

/** Opens what `seal` made; undefined if it was sealed with another key or for another request, or was changed. */
export function unseal(sealed: Buffer, key: Buffer, owner: SealedFor): Buffer | undefined {
  if (sealed[0] !== version || sealed.length < 1 + nonceBytes + tagBytes) return undefined;
  const tagAt = 1 + nonceBytes;
  const opener = createDecipheriv(algorithm, key, sealed.subarray(1, tagAt), { authTagLength: tagBytes });
  opener.setAAD(contextOf(owner)).setAuthTag(sealed.subarray(tagAt, tagAt + tagBytes));
  try {
    return Buffer.concat([opener.update(sealed.subarray(tagAt + tagBytes)), opener.final()]);
  } catch {
    return undefined;
  }
}
