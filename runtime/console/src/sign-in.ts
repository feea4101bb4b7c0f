import { AppError } from "@freehold/kernel/errors";
import type { Clock } from "@freehold/kernel/clock";
import type { Pool } from "@freehold/kernel/postgres";
import { createSession, isKnownAddress } from "./sessions.ts";
import { addressKey, addressLimit, everyoneLimit, inWords, knownAddressMs } from "./throttle.ts";
import { forgetTries, returnTry, takeTry } from "./throttle-store.ts";

export interface SignInParts {
  pool: Pool;
  clock: Clock;
  /** 32 random bytes, as base64url. */
  newToken: () => string;
  checkPassword: (password: string) => Promise<boolean>;
}

export interface Attempt {
  password: string;
  address: string | undefined;
  userAgent: string | undefined;
}

const everyone = "everyone";

/**
 * Signs the owner in and returns the new session's token.
 * A try is taken before the password is looked at and given back when it was right, so that tries side by side gain nothing.
 * Throws: AppError `auth.throttled` (429), `auth.wrong-password` (401).
 */
export async function signIn(parts: SignInParts, { password, address, userAgent }: Attempt): Promise<string> {
  const { pool, clock, newToken, checkPassword } = parts;
  const from = addressKey(address);
  const ofAddress = `address ${from}`;
  refuseUntil(await takeTry(pool, ofAddress, addressLimit, clock.now()), "from your address");
  const known = await isKnownAddress(pool, from, clock.now() - knownAddressMs);
  const commonWaitMs = known ? 0 : await takeTry(pool, everyone, everyoneLimit, clock.now());
  if (commonWaitMs > 0) await returnTry(pool, ofAddress, addressLimit);
  refuseUntil(commonWaitMs, "from many addresses");
  if (!(await checkPassword(password))) throw wrongPassword();
  await forgetTries(pool, ofAddress);
  if (!known) await returnTry(pool, everyone, everyoneLimit);
  const token = newToken();
  await createSession(pool, { token, address: from, userAgent }, clock.now());
  return token;
}

function refuseUntil(waitMs: number, whence: string): void {
  if (waitMs === 0) return;
  throw new AppError(
    "auth.throttled",
    `Too many wrong passwords ${whence}. Wait ${inWords(waitMs)}, then try again. \`npx freehold password\` shows the right one.`,
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
    "That is not the owner's password. `npx freehold password`, run in the project's folder on the machine that started this home, shows it.",
    { status: 401 },
  );
