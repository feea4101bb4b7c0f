import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "@freehold/kernel/secret";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";

export interface PasswordHash {
  salt: Uint8Array;
  hash: Uint8Array;
}

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);
// 32 MB and a fifth of a second a check. Source: OWASP Password Storage Cheat Sheet, scrypt.
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

export async function hashPassword(password: string, salt: Uint8Array = randomBytes(16)): Promise<PasswordHash> {
  return { salt, hash: await derive(password.normalize("NFKC"), salt, 32, cost) };
}

/** Checks passwords one after another, so that many at once can't take the memory of the house. */
export function createPasswordCheck(known: PasswordHash): (password: string) => Promise<boolean> {
  let last: Promise<unknown> = Promise.resolve();
  return (password) => {
    const check = last.then(async () => timingSafeEqual((await hashPassword(password, known.salt)).hash, known.hash));
    last = check.catch(() => undefined);
    return check;
  };
}

/** Takes the owner's password over at start; when it is another one than at the last start, all sessions end. */
export async function adoptPassword(pool: Pool, password: Secret, now: Date): Promise<PasswordHash & { changed: boolean }> {
  return inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('owner_password'))");
    const { rows } = await client.query<PasswordHash>("select salt, hash from owner_password");
    const stored = rows[0];
    if (stored !== undefined && timingSafeEqual(stored.hash, (await hashPassword(password.reveal(), stored.salt)).hash)) return { ...stored, changed: false };
    const fresh = await hashPassword(password.reveal());
    await replace(client, fresh, now);
    return { ...fresh, changed: stored !== undefined };
  });
}

async function replace(client: Client, { salt, hash }: PasswordHash, now: Date): Promise<void> {
  await client.query(
    `insert into owner_password (salt, hash, changed_at) values ($1, $2, $3)
     on conflict (only_row) do update set salt = excluded.salt, hash = excluded.hash, changed_at = excluded.changed_at`,
    [salt, hash, now],
  );
  await client.query("update sessions set revoked_at = $1 where revoked_at is null", [now]);
}
