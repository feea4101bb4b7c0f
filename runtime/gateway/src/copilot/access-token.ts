import type { Secret } from "@freehold/kernel/secret";
import { CredentialRefused } from "../credential-refused.ts";
import type { SendJson } from "./http.ts";

export interface AccessTokenParts {
  /** Of the owner's GitHub account. */
  githubToken: Secret;
  githubApiUrl: string;
  send: SendJson;
  /** Units: milliseconds since 1970. */
  now: () => number;
}

interface AccessToken {
  value: string;
  /** Units: milliseconds since 1970. From the first on it is renewed, from the second on it is of no use. */
  renewAt: number;
  expiresAt: number;
}

/** A renewal that failed is tried again after this time, as long as the old token holds. Units: milliseconds. */
const pauseMs = 10_000;
/** A token is renewed this long before GitHub asks for it. Units: milliseconds. */
const aheadMs = 60_000;

/** The short-lived token that Copilot's API wants, got for the owner's GitHub token and renewed in time; callers share one exchange. */
export class CopilotAccess {
  readonly #parts: AccessTokenParts;
  #token: AccessToken | undefined;
  #exchange: Promise<AccessToken> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AccessTokenParts) {
    this.#parts = parts;
  }

  /** At once while a token holds. Throws: CredentialRefused where GitHub gives none, else what the connection throws. */
  token(): string | Promise<string> {
    const now = this.#parts.now();
    const held = this.#token;
    if (held === undefined || now >= held.expiresAt) return this.#renew(now).then(({ value }) => value);
    // The old one holds on while a new one is fetched, and if that fails.
    if (now >= held.renewAt && now - this.#triedAt > pauseMs) void this.#renew(now).catch(() => {});
    return held.value;
  }

  #renew(now: number): Promise<AccessToken> {
    this.#triedAt = now;
    this.#exchange ??= this.#ask().finally(() => (this.#exchange = undefined));
    return this.#exchange;
  }

  async #ask(): Promise<AccessToken> {
    const { githubToken, githubApiUrl, send, now } = this.#parts;
    const headers = { authorization: `token ${githubToken.reveal()}` };
    const { status, body } = await send(`${githubApiUrl}/copilot_internal/v2/token`, { method: "GET", headers });
    if (status === 401 || status === 403 || status === 404) throw new CredentialRefused(`GitHub gives no Copilot token (${status}).`);
    const { token, expires_at, refresh_in } = body;
    if (status !== 200 || typeof token !== "string" || typeof expires_at !== "number")
      throw new Error(`GitHub answered ${status} when asked for a Copilot token.`);
    const at = now();
    const renewInMs = typeof refresh_in === "number" ? refresh_in * 1_000 : expires_at * 1_000 - at;
    this.#token = { value: token, renewAt: at + Math.max(0, renewInMs - aheadMs), expiresAt: expires_at * 1_000 };
    return this.#token;
  }
}
