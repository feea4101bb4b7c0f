import { hkdfSync } from "node:crypto";
import { createSealer, type Sealer } from "@freehold/kernel/sealing";
import type { Secret } from "@freehold/kernel/secret";
import { signingSecretOf } from "./standard-webhook.ts";

/** What follows from the one key of notices; each use has a key of its own. */
export interface NoticeKeys {
  sealer: Sealer;
  /** Signs the tokens that answer an approval. */
  tokenKey: Uint8Array;
  /** Signs webhooks that name no secret. Shape: `whsec_…`. */
  signingSecret: string;
}

export function noticeKeysOf(key: Secret): NoticeKeys {
  const derived = (purpose: string) => new Uint8Array(hkdfSync("sha256", key.reveal(), "freehold", purpose, 32));
  return { sealer: createSealer(key), tokenKey: derived("approval-token"), signingSecret: signingSecretOf(derived("webhook-signing")) };
}
