import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "@freehold/kernel/secret";
import { inTransaction, type Client, type Pool } from "@freehold/kernel/postgres";
import { revokeSessionsOf } from "./sessions.ts";

export interface PasswordHash {
  salt: Uint8Array;
  hash: Uint8Array;
}

/** Hashes and checks passwords one after another, so that many at once can't take the memory of the house. */
export interface Passwords {
  hash(password: string): Promise<PasswordHash>;
  /** Without a hash to check against it takes as long and is false: how long it takes tells nobody which names there are. */
  check(password: string, known: PasswordHash | undefined): Promise<boolean>;
}

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);
// 32 MB and a fifth of a second a check. Source: OWASP Password Storage Cheat Sheet, scrypt.
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

async function hashPassword(password: string, salt: Uint8Array = randomBytes(16)): Promise<PasswordHash> {
  return { salt, hash: await derive(password.normalize("NFKC"), salt, 32, cost) };
}

export function createPasswords(): Passwords {
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  return {
    hash: (password) => next(() => hashPassword(password)),
    check: (password, known) =>
      next(async () => {
        const { hash } = await hashPassword(password, known?.salt);
        return known !== undefined && timingSafeEqual(hash, known.hash);
      }),
  };
}

/** Takes the owner's password over at start; when it is another one than at the last start, all of the owner's sessions end. */
export async function adoptPassword(pool: Pool, password: Secret, now: Date): Promise<{ changed: boolean }> {
  return inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('owner_password'))");
    const { rows } = await client.query<PasswordHash>("select salt, hash from owner_password");
    const stored = rows[0];
    if (stored !== undefined && timingSafeEqual(stored.hash, (await hashPassword(password.reveal(), stored.salt)).hash)) return { changed: false };
    await replace(client, await hashPassword(password.reveal()), now);
    return { changed: stored !== undefined };
  });
}

async function replace(client: Client, { salt, hash }: PasswordHash, now: Date): Promise<void> {
  await client.query(
    `insert into owner_password (salt, hash, changed_at) values ($1, $2, $3)
     on conflict (only_row) do update set salt = excluded.salt, hash = excluded.hash, changed_at = excluded.changed_at`,
    [salt, hash, now],
  );
  await revokeSessionsOf(client, { memberId: "owner" }, now.getTime());
}
