import type { Pool } from "@freehold/kernel/postgres";
import { insertKey, listKeys } from "../store/keys.ts";
import { hashKey, renderKey } from "../virtual-key.ts";

/** Makes a key where there was never any, from what it is given; undefined where there is one. */
export async function makeFirstKey(db: Pool, { random, id, now }: { random: Buffer; id: string; now: number }): Promise<string | undefined> {
  if ((await listKeys(db, { limit: 1, now, jobId: undefined, of: undefined, live: undefined })).length > 0) return undefined;
  const text = renderKey(random);
  await insertKey(db, { id, name: "first", jobId: null, createdAtMs: now, expiresAtMs: null, revokedAtMs: null }, hashKey(text));
  return text;
}
