import { randomBytes } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import { sameSecret } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import { z } from "zod";
import { BridgeError, fault } from "../errors.ts";
import { SignInLost, type GoogleOAuth, type Tokens } from "./google.ts";
import type { SealedFile } from "./sealed-file.ts";

export type AccountState = "signed-out" | "signing-in" | "signed-in" | "lost";

export interface AccountStatus {
  state: AccountState;
  /** When the access token of now ends; it is renewed before. */
  expiresAt: string | null;
}

/** The Google account that the bridge is signed in to, kept sealed on its volume. */
export interface Account {
  status(): Promise<AccountStatus>;
  start(): Promise<{ url: string; expiresAt: string }>;
  /** `answer` is the code, or the whole address that Google led the browser to. Throws: `oauth.*`. */
  finish(answer: string): Promise<void>;
  signOut(): Promise<void>;
  /** Undefined when not signed in. `refused` is a token that Google took no more. Throws: `oauth.google-unavailable`. */
  accessToken(refused?: string): Promise<string | undefined>;
}

const stored = z.object({
  pending: z.object({ state: z.string(), verifier: z.string(), expiresAt: z.number() }).optional(),
  tokens: z.object({ accessToken: z.string(), refreshToken: z.string(), expiresAt: z.number() }).optional(),
  lost: z.boolean().optional(),
});
type Stored = z.output<typeof stored>;

/** Units: milliseconds. How long a sign-in may take; Google's codes live as long. */
const signInMs = 10 * 60_000;
/** Units: milliseconds before its end at which a token is renewed in the background, and at which it is worth nothing. */
const renewAheadMs = 5 * 60_000;
const worthlessMs = 30_000;

interface AccountParts {
  file: SealedFile;
  google: GoogleOAuth;
  clock: Clock;
  log: Log;
}

export class GoogleAccount implements Account {
  readonly #parts: AccountParts;
  #state: Stored | undefined;
  #loading: Promise<Stored> | undefined;
  #renewal: Promise<Tokens | undefined> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  async status(): Promise<AccountStatus> {
    const { tokens, pending, lost } = await this.#load();
    if (tokens !== undefined) return { state: "signed-in", expiresAt: new Date(tokens.expiresAt).toISOString() };
    const open = pending !== undefined && pending.expiresAt > this.#parts.clock.now();
    return { state: open ? "signing-in" : lost === true ? "lost" : "signed-out", expiresAt: null };
  }

  /** What a sign-in needs survives a restart; a new start makes an earlier one void. */
  async start(): Promise<{ url: string; expiresAt: string }> {
    const pending = {
      state: randomBytes(24).toString("base64url"),
      verifier: randomBytes(48).toString("base64url"),
      expiresAt: this.#parts.clock.now() + signInMs,
    };
    await this.#update((state) => ({ ...state, pending }));
    return { url: this.#parts.google.authorizeUrl(pending.state, pending.verifier), expiresAt: new Date(pending.expiresAt).toISOString() };
  }

  async finish(answer: string): Promise<void> {
    const { pending } = await this.#load();
    if (pending === undefined || pending.expiresAt <= this.#parts.clock.now())
      throw fault("oauth.not-started", "No sign-in is under way, or it took longer than ten minutes. Start one.");
    const tokens = await this.#parts.google.exchange(readAnswer(answer, pending.state), pending.verifier);
    await this.#update(() => ({ tokens }));
    this.#parts.log.info("account.signed-in");
  }

  async signOut(): Promise<void> {
    const { tokens } = await this.#load().catch((): Stored => ({}));
    await this.#alone(async () => {
      await this.#parts.file.remove();
      this.#state = {};
    });
    const revoked = tokens === undefined ? undefined : await this.#parts.google.revoke(tokens.refreshToken);
    this.#parts.log.info("account.signed-out", { revoked });
  }

  async accessToken(refused?: string): Promise<string | undefined> {
    const { tokens } = await this.#load();
    if (tokens === undefined) return undefined;
    const leftMs = tokens.expiresAt - this.#parts.clock.now();
    const usable = leftMs > worthlessMs && tokens.accessToken !== refused;
    if (usable && leftMs > renewAheadMs) return tokens.accessToken;
    const renewal = this.#renew(tokens);
    if (!usable) return (await renewal)?.accessToken;
    // The token of now still serves; should the renewal fail, the next request tries again.
    renewal.catch((error: unknown) => this.#parts.log.warn("account.renewal-failed", { error }));
    return tokens.accessToken;
  }

  /** One renewal at a time; whoever comes meanwhile waits for the same. */
  #renew(tokens: Tokens): Promise<Tokens | undefined> {
    this.#renewal ??= this.#renewOnce(tokens).finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #renewOnce({ refreshToken }: Tokens): Promise<Tokens | undefined> {
    // Whoever signs out or in during the renewal wins.
    const ifSame = (next: Stored) => (state: Stored) => (state.tokens?.refreshToken === refreshToken ? { ...state, ...next } : state);
    try {
      const tokens = await this.#parts.google.refresh(refreshToken);
      await this.#update(ifSame({ tokens }));
      this.#parts.log.info("account.token-renewed");
      return this.#state?.tokens;
    } catch (thrown) {
      if (!(thrown instanceof SignInLost)) throw thrown;
      await this.#update(ifSame({ tokens: undefined, lost: true }));
      this.#parts.log.warn("account.sign-in-lost");
      return this.#state?.tokens;
    }
  }

  async #load(): Promise<Stored> {
    if (this.#state !== undefined) return this.#state;
    this.#loading ??= this.#parts.file.read().then((content) => stored.parse(content ?? {}));
    try {
      return (this.#state ??= await this.#loading);
    } catch (cause) {
      throw cause instanceof BridgeError ? cause : fault("store.unreadable", "The sealed file of the sign-in can't be read.", { cause });
    } finally {
      this.#loading = undefined;
    }
  }

  /** The file first: what is acknowledged has been kept. */
  #update(change: (state: Stored) => Stored): Promise<void> {
    return this.#alone(async () => {
      const next = change(await this.#load());
      await this.#parts.file.write(next);
      this.#state = next;
    });
  }

  /** One change at a time, in the order in which they were asked for. */
  #alone(action: () => Promise<void>): Promise<void> {
    const run = this.#writing.then(action);
    this.#writing = run.catch(() => undefined);
    return run;
  }
}

/** The code in what a user pasted. Throws: `oauth.code-refused` for an address of another sign-in. */
function readAnswer(answer: string, state: string): string {
  const text = answer.trim();
  if (!/^https?:\/\//i.test(text)) return text;
  const { searchParams } = new URL(text);
  const code = searchParams.get("code");
  if (code === null)
    throw fault("oauth.code-refused", `The address holds no code${searchParams.has("error") ? ": the sign-in was declined" : ""}. Start again.`);
  if (!sameSecret(searchParams.get("state") ?? "", state)) throw fault("oauth.code-refused", "The address belongs to another sign-in. Start again.");
  return code;
}
