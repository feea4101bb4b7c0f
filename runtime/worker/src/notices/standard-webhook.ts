import { createHmac } from "node:crypto";

const prefix = "whsec_";

/** Whether a text is a signing secret: `whsec_` and the base64 of 24 to 64 bytes. */
export function isSigningSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const bytes = Buffer.from(text.slice(prefix.length), "base64").length;
  return bytes >= 24 && bytes <= 64;
}

export const signingSecretOf = (bytes: Uint8Array) => prefix + Buffer.from(bytes).toString("base64");

/** The headers that prove whose a message is and when it was sent. Source: Standard Webhooks, version 1. Units: `sentAtMs` since 1970. */
export function signedHeaders({ id, body, secret, sentAtMs }: { id: string; body: string; secret: string; sentAtMs: number }): Record<string, string> {
  const timestamp = String(Math.floor(sentAtMs / 1_000));
  const signature = createHmac("sha256", Buffer.from(secret.slice(prefix.length), "base64"))
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
