import { AppError } from "@freehold/kernel/errors";
import type { Clock } from "@freehold/kernel/clock";
import type { Pool } from "@freehold/kernel/postgres";
import { findMemberByName, type Member } from "./members.ts";
import type { Passwords } from "./password.ts";
import { createSession, isKnownAddress } from "./sessions.ts";
import { addressKey, addressLimit, everyoneLimit, inWords, knownAddressMs } from "./throttle.ts";
import { returnTry, takeTry } from "./throttle-store.ts";

export interface SignInParts {
  pool: Pool;
  clock: Clock;
  /** 32 random bytes, as base64url. */
  newToken: () => string;
  passwords: Passwords;
}

export interface Attempt {
  name: string;
  password: string;
  address: string | undefined;
  userAgent: string | undefined;
}

const everyone = "everyone";

/**
 * Signs a member in and returns the new session's token, which is never one that the caller brought.
 * A try is taken before the password is looked at and given back when it was right, so that tries side by side gain nothing. Wrong ones
 * stay counted: who may sign in as themselves must not wash away their tries at another's password by it.
 * Throws: AppError `auth.throttled` (429), `auth.wrong-password` (401).
 */
export async function signIn(parts: SignInParts, { name, password, address, userAgent }: Attempt): Promise<{ token: string; member: Member }> {
  const { pool, clock, newToken, passwords } = parts;
  const from = addressKey(address);
  const ofAddress = `address ${from}`;
  refuseUntil(await takeTry(pool, ofAddress, addressLimit, clock.now()), "from your address");
  const known = await isKnownAddress(pool, from, clock.now() - knownAddressMs);
  const commonWaitMs = known ? 0 : await takeTry(pool, everyone, everyoneLimit, clock.now());
  if (commonWaitMs > 0) await returnTry(pool, ofAddress, addressLimit);
  refuseUntil(commonWaitMs, "from many addresses");
  const found = await findMemberByName(pool, name.normalize("NFKC").trim());
  if (!(await passwords.check(password, found?.password)) || found === undefined) throw wrongPassword();
  await returnTry(pool, ofAddress, addressLimit);
  if (!known) await returnTry(pool, everyone, everyoneLimit);
  const token = newToken();
  await createSession(pool, { token, memberId: found.member.id, address: from, userAgent }, clock.now());
  return { token, member: found.member };
}

/** Throws: AppError `auth.throttled`. Units: milliseconds; 0 refuses nothing. */
export function refuseUntil(waitMs: number, whence: string): void {
  if (waitMs === 0) return;
  throw new AppError(
    "auth.throttled",
    `Too many wrong passwords ${whence}. Wait ${inWords(waitMs)}, then try again. The owner's stands in \`npx freehold password\`; a member gets a new link from the owner.`,
    {
      status: 429,
      retryable: true,
      retryAfterMs: waitMs,
    },
  );
}

const wrongPassword = () =>
  new AppError(
    "auth.wrong-password",
    "That name and password don't go together. The owner's password is shown by `npx freehold password`, run in the project's folder on the machine that started this home; a member asks the owner for a new link.",
    { status: 401 },
  );
