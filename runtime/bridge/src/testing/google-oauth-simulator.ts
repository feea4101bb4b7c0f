import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { simulation } from "./gemini-simulator.ts";

/** A simulation of Google's OAuth servers: consent, token and revocation, for one client. Source: developers.google.com/identity/protocols/oauth2/native-app (2026-11). */
export interface OAuthSimulator {
  url: string;
  /** The user agrees at the address that the client gave: the code that the browser would bring back, with its state. */
  consent(authorizeUrl: string, options?: { scope?: string }): { code: string; state: string; redirect: string };
  takesToken(token: string): boolean;
  /** Ends every access token; refresh tokens go on. */
  expireTokens(): void;
  /** The user takes the access back. */
  revokeAll(): void;
  refreshes(): number;
  revoked: string[];
  /** Requests that are held back. */
  waiting(): number;
  /** Holds the next answers of the token endpoint back until the promise resolves. */
  hold(until: Promise<void> | undefined): void;
  /** Answers of the token endpoint become this status without sense. */
  outage(status: number | undefined): void;
  close(): Promise<void>;
}

export const oauthClient = { id: "client-1.apps.googleusercontent.com", secret: "GOCSPX-client-secret-of-a-test" };

interface State {
  codes: Map<string, { challenge: string; redirectUri: string; scope: string }>;
  access: Set<string>;
  refresh: Set<string>;
  revoked: string[];
  refreshes: number;
  held: Promise<void> | undefined;
  waiting: number;
  outage: number | undefined;
}

export async function startOAuth({ expiresInSeconds = 3_599 } = {}): Promise<OAuthSimulator> {
  const state: State = { codes: new Map(), access: new Set(), refresh: new Set(), revoked: [], refreshes: 0, held: undefined, waiting: 0, outage: undefined };
  const server = createServer((request, response) => {
    answer(request, response, state, expiresInSeconds).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    consent: (authorizeUrl, { scope } = {}) => consent(new URL(authorizeUrl), state, scope),
    takesToken: (token) => state.access.has(token),
    expireTokens: () => state.access.clear(),
    revokeAll: () => {
      state.access.clear();
      state.refresh.clear();
    },
    refreshes: () => state.refreshes,
    waiting: () => state.waiting,
    revoked: state.revoked,
    hold: (until) => void (state.held = until),
    outage: (status) => void (state.outage = status),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const random = (prefix: string) => prefix + randomBytes(24).toString("base64url");

/** Throws: Error for an address that Google would show an error page for. */
function consent({ searchParams: given }: URL, state: State, scope = given.get("scope") ?? ""): { code: string; state: string; redirect: string } {
  const wanted = { client_id: oauthClient.id, response_type: "code", code_challenge_method: "S256", access_type: "offline", prompt: "consent" };
  for (const [name, value] of Object.entries(wanted)) if (given.get(name) !== value) throw new Error(`${name} is ${given.get(name)}, not ${value}`);
  const redirectUri = given.get("redirect_uri") ?? "";
  if (!redirectUri.startsWith("http://127.0.0.1")) throw new Error(`redirect_uri_mismatch: ${redirectUri}`);
  const code = random("4/0A");
  state.codes.set(code, { challenge: given.get("code_challenge") ?? "", redirectUri, scope });
  const redirect = new URL(redirectUri);
  redirect.search = new URLSearchParams({ state: given.get("state") ?? "", code, scope }).toString();
  return { code, state: given.get("state") ?? "", redirect: redirect.href };
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State, expiresInSeconds: number): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const bytes of request) pieces.push(bytes as Buffer);
  const form = new URLSearchParams(Buffer.concat(pieces).toString("utf8"));
  state.waiting += 1;
  await state.held;
  state.waiting -= 1;
  const send = (status: number, body: object) => response.writeHead(status, { ...simulation, "content-type": "application/json" }).end(JSON.stringify(body));
  if (state.outage !== undefined) return void send(state.outage, { error: "internal_failure" });
  if (request.url === "/revoke") return void send(...revoke(form, state));
  if (request.url === "/token") return void send(...token(form, state, expiresInSeconds));
  send(404, { error: "not_found" });
}

type Answer = [number, object];

function revoke(form: URLSearchParams, state: State): Answer {
  const given = form.get("token") ?? "";
  if (!state.refresh.delete(given)) return [400, { error: "invalid_token", error_description: "Token expired or revoked" }];
  state.access.clear();
  state.revoked.push(given);
  return [200, {}];
}

function token(form: URLSearchParams, state: State, expiresInSeconds: number): Answer {
  if (form.get("client_id") !== oauthClient.id || form.get("client_secret") !== oauthClient.secret)
    return [401, { error: "invalid_client", error_description: "The OAuth client was not found." }];
  const access = random("ya29.a0");
  const base = { access_token: access, expires_in: expiresInSeconds, token_type: "Bearer" };
  if (form.get("grant_type") === "refresh_token") {
    if (!state.refresh.has(form.get("refresh_token") ?? "")) return [400, { error: "invalid_grant", error_description: "Token has been expired or revoked." }];
    state.refreshes += 1;
    state.access.add(access);
    return [200, base];
  }
  const code = state.codes.get(form.get("code") ?? "");
  state.codes.delete(form.get("code") ?? "");
  const verifier = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (code === undefined || code.challenge !== verifier || code.redirectUri !== form.get("redirect_uri"))
    return [400, { error: "invalid_grant", error_description: "Malformed auth code." }];
  const refresh = random("1//0");
  state.refresh.add(refresh);
  state.access.add(access);
  return [200, { ...base, refresh_token: refresh, scope: code.scope }];
}
