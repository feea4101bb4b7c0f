import type { Request, RequestHandler, Response } from "express";
import { AppError } from "@freehold/kernel/errors";
import { sameSecret } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import type { Clock } from "@freehold/kernel/clock";
import type { Secret } from "@freehold/kernel/secret";
import { sessionCookie, tokenOf } from "./session-cookie.ts";
import { useSession } from "./sessions.ts";

/** Who asks: the owner's browser by its session, or the owner's CLI by the token. */
export type Caller = { kind: "session"; tokenSha256: Buffer } | { kind: "token" };

export interface CallerParts {
  pool: Pool;
  clock: Clock;
  ownerToken: Secret;
  publicOrigin: string;
}

/** Lets only the owner in; what changes something must come, when a cookie speaks for it, from the console's own pages. */
export function requireCaller(parts: CallerParts): RequestHandler {
  return async (request, response, next) => {
    const caller = await identify(parts, request, response);
    if (caller.kind === "session") refuseForeignOrigin(request, parts.publicOrigin);
    response.locals["caller"] = caller;
    next();
  };
}

export const callerOf = (response: Response): Caller => response.locals["caller"] as Caller;

async function identify(parts: CallerParts, request: Request, response: Response): Promise<Caller> {
  const header = request.get("authorization");
  if (header !== undefined) return identifyByToken(parts.ownerToken, header);
  const token = tokenOf(request.get("cookie"));
  const session = token === undefined ? undefined : await useSession(parts.pool, token, parts.clock.now());
  if (token === undefined || session === undefined)
    throw new AppError("auth.required", "Sign in first: send the session's cookie, or `Authorization: Bearer <owner token>`.", { status: 401 });
  if (session.prolonged) response.append("set-cookie", sessionCookie(token));
  return { kind: "session", tokenSha256: session.tokenSha256 };
}

function identifyByToken(ownerToken: Secret, header: string): Caller {
  const given = /^Bearer (.+)$/i.exec(header)?.[1];
  if (given !== undefined && sameSecret(given, ownerToken.reveal())) return { kind: "token" };
  throw new AppError("auth.bad-token", "This is not the owner's token. Take the one that this home's settings hold, or sign in with the owner's password.", {
    status: 401,
  });
}

function refuseForeignOrigin(request: Request, publicOrigin: string): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const origin = request.get("origin");
  if (origin === publicOrigin) return;
  throw foreignOrigin(origin, publicOrigin);
}

export const foreignOrigin = (origin: string | undefined, publicOrigin: string): AppError =>
  new AppError(
    "auth.foreign-origin",
    `A change with a session's cookie must come from ${publicOrigin}; this one came from ${origin ?? "no named origin"}. Open the console at ${publicOrigin}, or set PUBLIC_ORIGIN to the address you use.`,
    { status: 403 },
  );
