import { randomFillSync } from "node:crypto";

/** Asking the system for randomness costs more than the rest of a request's own work, so it is asked for many ids at once. Units: bytes. */
const pool = Buffer.allocUnsafeSlow(12 * 512);
const idBytes = 12;
let used = pool.length;

/** A new id for a request. Shape: `req_` and 16 characters of base64url. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString("base64url", used, used + idBytes);
  used += idBytes;
  return `req_${id}`;
}
