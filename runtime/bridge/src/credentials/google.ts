import { createHash } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import type { Secret } from "@freehold/kernel/secret";
import { request } from "undici";
import { z } from "zod";
import { fault } from "../errors.ts";

/** Our client at Google's OAuth. Source: developers.google.com/identity/protocols/oauth2/native-app (2026-11). */
export interface OAuthClient {
  id: string;
  secret: Secret;
  redirectUri: string;
  /** Where the user agrees; Google's unless a test says otherwise. */
  authorizeUrl: string;
  tokenUrl: string;
  revokeUrl: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Units: milliseconds since 1970. */
  expiresAt: number;
}

/** The refresh token was revoked or has expired: only a new sign-in helps. */
export class SignInLost extends Error {
  override readonly name = "SignInLost";
}

/**
 * What the Gemini API asks of a user's token. Google's device flow doesn't grant these scopes, so that this is the flow of installed apps.
 * Source: ai.google.dev/gemini-api/docs/oauth; …/oauth2/limited-input-device, "Allowed scopes" (2026-11).
 */
export const scopes = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/generative-language.retriever"];

/** Units: milliseconds for one call of Google's token endpoints. */
const timeoutMs = 15_000;

export interface GoogleOAuth {
  authorizeUrl(state: string, verifier: string): string;
  /** Throws: `oauth.code-refused`, `oauth.scope-missing`, `oauth.google-unavailable`. */
  exchange(code: string, verifier: string): Promise<Tokens>;
  /** Throws: SignInLost; `oauth.google-unavailable`. */
  refresh(refreshToken: string): Promise<Tokens>;
  /** Best effort: a token that Google can't be told about dies with its file. */
  revoke(refreshToken: string): Promise<boolean>;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
});

export function createGoogleOAuth(client: OAuthClient, clock: Clock): GoogleOAuth {
  const ask = (form: Record<string, string>) => askForTokens(client, form);
  const toTokens = (answer: z.output<typeof tokenAnswer>, refreshToken: string): Tokens => ({
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? refreshToken,
    expiresAt: clock.now() + answer.expires_in * 1_000,
  });
  return {
    authorizeUrl: (state, verifier) => authorizeUrl(client, state, verifier),
    async exchange(code, verifier) {
      const answer = await ask({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: client.redirectUri });
      if (answer === "refused") throw fault("oauth.code-refused", "Google refused the code: it was used before, is too old, or is not whole. Start again.");
      const granted = answer.scope?.split(" ") ?? scopes;
      if (answer.refresh_token === undefined || !granted.includes(scopes[0] ?? ""))
        throw fault("oauth.scope-missing", "Google gave no lasting access to the Gemini API. Start again and leave every box ticked.");
      return toTokens(answer, answer.refresh_token);
    },
    async refresh(refreshToken) {
      const answer = await ask({ grant_type: "refresh_token", refresh_token: refreshToken });
      if (answer === "refused") throw new SignInLost("Google no longer takes the refresh token.");
      return toTokens(answer, refreshToken);
    },
    async revoke(refreshToken) {
      const body = new URLSearchParams({ token: refreshToken }).toString();
      const answer = await post(client.revokeUrl, body).catch(() => undefined);
      return answer?.status === 200;
    },
  };
}

function authorizeUrl(client: OAuthClient, state: string, verifier: string): string {
  const url = new URL(client.authorizeUrl);
  url.search = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: "code",
    scope: scopes.join(" "),
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    // Without these two Google gives no refresh token to an account that agreed before.
    access_type: "offline",
    prompt: "consent",
  }).toString();
  return url.href;
}

async function askForTokens(client: OAuthClient, form: Record<string, string>): Promise<z.output<typeof tokenAnswer> | "refused"> {
  const body = new URLSearchParams({ client_id: client.id, client_secret: client.secret.reveal(), ...form }).toString();
  const { status, text } = await post(client.tokenUrl, body).catch((cause: unknown) => {
    throw unavailable("can't be reached", cause);
  });
  if (status >= 400 && status < 500 && status !== 429) {
    if (/"invalid_grant"/.test(text)) return "refused";
    throw fault(
      "oauth.not-configured",
      `Google refuses this OAuth client (HTTP ${status}). Check GOOGLE_OAUTH_CLIENT_ID, its secret and its redirect address.`,
    );
  }
  const parsed = tokenAnswer.safeParse(status === 200 ? parseJson(text) : undefined);
  if (!parsed.success) throw unavailable(`answered HTTP ${status}`);
  return parsed.data;
}

const unavailable = (what: string, cause?: unknown) =>
  fault("oauth.google-unavailable", `Google's sign-in ${what}. Try again in a moment.`, { retryAfterMs: 5_000, cause });

async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await request(url, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) });
  return { status: answer.statusCode, text: await answer.body.text() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
