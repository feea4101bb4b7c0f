import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

const iterations = 4_096;
const bytes = 32;

/**
 * The verifier that PostgreSQL stores for a password, so that the password itself is in no statement and in no server log.
 * Source: RFC 5802 and PostgreSQL 17, pg_authid.rolpassword.
 */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, bytes, "sha256");
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
