import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "./errors.ts";
import type { Secret } from "./secret.ts";

/** Keeps secrets at rest: what a database or a backup shows of them opens nothing without the key. */
export interface Sealer {
  /** `context` says whose secret it is; a sealed text that was moved elsewhere does not open there. Shape: `v1.` and base64url. */
  seal(text: string, context: string): string;
  /** Throws: AppError `sealing.not-opened`. */
  open(sealed: string, context: string): string;
}

const version = "v1.";
const ivBytes = 12;
const tagBytes = 16;

/** Source: AES-256-GCM, NIST SP 800-38D; the key by HKDF, RFC 5869. */
export function createSealer(key: Secret): Sealer {
  const bytes = new Uint8Array(hkdfSync("sha256", key.reveal(), "freehold", "sealing", 32));
  return {
    seal: (text, context) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", bytes, iv).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return version + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    open: (sealed, context) => {
      try {
        if (!sealed.startsWith(version)) throw new Error("it is of another version");
        const all = Buffer.from(sealed.slice(version.length), "base64url");
        const decipher = createDecipheriv("aes-256-gcm", bytes, all.subarray(0, ivBytes), { authTagLength: tagBytes })
          .setAAD(Buffer.from(context))
          .setAuthTag(all.subarray(ivBytes, ivBytes + tagBytes));
        return Buffer.concat([decipher.update(all.subarray(ivBytes + tagBytes)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new AppError("sealing.not-opened", `The stored secret of ${context} does not open with this home's key. Enter it again.`, { cause });
      }
    },
  };
}
